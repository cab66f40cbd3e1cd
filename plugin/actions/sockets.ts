import { action, notYet, textOrDescription, word } from './syntax.ts'

const REASON = 'sends to a socket'

export const udgram = notYet(action('udgram', { path: word, text: textOrDescription }), REASON)
export const closeudgr = notYet(action('closeudgr', { path: word }), REASON)
export const ustream = notYet(action('ustream', { path: word, text: textOrDescription }), REASON)
export const closeustr = notYet(action('closeustr', { path: word }), REASON)
export const udpsock = notYet(action('udpsock', { peer: word, text: textOrDescription }), REASON)
export const closeudp = notYet(action('closeudp', { peer: word }), REASON)
export const tcpsock = notYet(action('tcpsock', { peer: word, text: textOrDescription }), REASON)
export const closetcp = notYet(action('closetcp', { peer: word }), REASON)
