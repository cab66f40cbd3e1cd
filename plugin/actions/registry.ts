import { alert } from './alert.ts'
import { getaliases, getctime, getltime, getsize, exists, setctime, setltime } from './context-info.ts'
import { alias, create, deleteContext, obsolete, set, unalias } from './contexts.ts'
import { breakLoop, continueLoop, ifElse, none, whileLoop } from './control.ts'
import { add, copy, empty, fill, pop, prepend, shift, trim } from './event-store.ts'
import { cevent, event, tevent } from './events.ts'
import { closef, owritecl, write, writen } from './files.ts'
import { rewrite } from './input-buffer.ts'
import { addinput, dropinput } from './inputs.ts'
import { logonly } from './logging.ts'
import { getwpos, reset, setwpos } from './operations.ts'
import { call, evalPerl, lcall } from './perl.ts'
import {
  cmdexec,
  cspawn,
  cspawnexec,
  pipe,
  pipeexec,
  report,
  reportexec,
  shellcmd,
  spawn,
  spawnexec
} from './programs.ts'
import { sigemul } from './signals.ts'
import { closetcp, closeudgr, closeudp, closeustr, tcpsock, udgram, udpsock, ustream } from './sockets.ts'
import { assign, assignsq, free, varset } from './variables.ts'

/** Every action, by its keyword. */
export const actions = {
  none,
  logonly,
  alert,
  write,
  writen,
  owritecl,
  closef,
  udgram,
  closeudgr,
  ustream,
  closeustr,
  udpsock,
  closeudp,
  tcpsock,
  closetcp,
  shellcmd,
  spawn,
  cspawn,
  cmdexec,
  spawnexec,
  cspawnexec,
  pipe,
  pipeexec,
  report,
  reportexec,
  create,
  delete: deleteContext,
  obsolete,
  set,
  alias,
  unalias,
  add,
  prepend,
  fill,
  copy,
  empty,
  pop,
  shift,
  trim,
  exists,
  getsize,
  getaliases,
  getltime,
  setltime,
  getctime,
  setctime,
  event,
  tevent,
  cevent,
  reset,
  getwpos,
  setwpos,
  assign,
  assignsq,
  free,
  varset,
  eval: evalPerl,
  call,
  lcall,
  rewrite,
  addinput,
  dropinput,
  sigemul,
  if: ifElse,
  while: whileLoop,
  break: breakLoop,
  continue: continueLoop
}
