import { action, nothing, notYet, textOrDescription, word } from './syntax.ts'

const REASON = 'sends to a socket'

export const udgram = notYet(action('udgram', { path: word, text: textOrDescription }, nothing), REASON)
export const closeudgr = notYet(action('closeudgr', { path: word }, nothing), REASON)
export const ustream = notYet(action('ustream', { path: word, text: textOrDescription }, nothing), REASON)
export const closeustr = notYet(action('closeustr', { path: word }, nothing), REASON)
export const udpsock = notYet(action('udpsock', { peer: word, text: textOrDescription }, nothing), REASON)
export const closeudp = notYet(action('closeudp', { peer: word }, nothing), REASON)
export const tcpsock = notYet(action('tcpsock', { peer: word, text: textOrDescription }, nothing), REASON)
export const closetcp = notYet(action('closetcp', { peer: word }, nothing), REASON)
