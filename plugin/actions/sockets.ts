import { fileName, textOrDescription, word } from './parameters.ts'
import { action, nothing, notYet } from './syntax.ts'

const peerName = word('peername')
const REASON = 'sends to a socket'

export const udgram = notYet(action('udgram', { path: fileName, text: textOrDescription }, nothing), REASON)
export const closeudgr = notYet(action('closeudgr', { path: fileName }, nothing), REASON)
export const ustream = notYet(action('ustream', { path: fileName, text: textOrDescription }, nothing), REASON)
export const closeustr = notYet(action('closeustr', { path: fileName }, nothing), REASON)
export const udpsock = notYet(action('udpsock', { peer: peerName, text: textOrDescription }, nothing), REASON)
export const closeudp = notYet(action('closeudp', { peer: peerName }, nothing), REASON)
export const tcpsock = notYet(action('tcpsock', { peer: peerName, text: textOrDescription }, nothing), REASON)
export const closetcp = notYet(action('closetcp', { peer: peerName }, nothing), REASON)
