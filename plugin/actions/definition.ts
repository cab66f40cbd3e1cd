import type { PerlSource } from '../perl/source.ts'

/**
 * An action as parsed: plain data, so that a context's expiry actions can be state. Every string but `operator` and
 * the ones named constant is a template that may hold match variables (`$1`) and action list variables (`%name`).
 * A text that the rule leaves out is `%s`, as SEC's manual says. Names of action list variables come without `%`.
 */
export type ActionDefinition =
  | { readonly type: 'none' | 'break' | 'continue' }
  | { readonly type: 'logonly'; readonly text: string }
  /** `severity` is constant. */
  | { readonly type: 'alert'; readonly severity?: string | undefined; readonly text: string }
  | { readonly type: 'write' | 'writen' | 'owritecl'; readonly path: string; readonly text: string }
  | { readonly type: 'closef'; readonly path: string }
  | { readonly type: 'udgram' | 'ustream'; readonly path: string; readonly text: string }
  | { readonly type: 'closeudgr' | 'closeustr'; readonly path: string }
  | { readonly type: 'udpsock' | 'tcpsock'; readonly peer: string; readonly text: string }
  | { readonly type: 'closeudp' | 'closetcp'; readonly peer: string }
  | { readonly type: 'shellcmd' | 'spawn'; readonly command: string }
  | { readonly type: 'cspawn'; readonly context: string; readonly command: string }
  | { readonly type: 'cmdexec' | 'spawnexec'; readonly command: readonly string[] }
  | { readonly type: 'cspawnexec'; readonly context: string; readonly command: readonly string[] }
  /** Without a command the text goes to standard output. */
  | { readonly type: 'pipe'; readonly text: string; readonly command?: string }
  | { readonly type: 'pipeexec'; readonly text: string; readonly command?: readonly string[] }
  /** `time`: seconds, `0` for ever. */
  | {
      readonly type: 'create'
      readonly name: string
      readonly time: string
      readonly actions?: ActionListDefinition
    }
  | { readonly type: 'delete' | 'obsolete'; readonly name: string }
  /** `time`: seconds, `0` for ever, `-` unchanged. */
  | {
      readonly type: 'set'
      readonly name: string
      readonly time: string
      readonly actions?: ActionListDefinition
    }
  | { readonly type: 'alias'; readonly name: string; readonly alias: string }
  | { readonly type: 'unalias'; readonly alias: string }
  | { readonly type: 'add' | 'prepend' | 'fill'; readonly name: string; readonly text: string }
  | { readonly type: 'report'; readonly name: string; readonly command?: string }
  | { readonly type: 'reportexec'; readonly name: string; readonly command?: readonly string[] }
  | { readonly type: 'copy' | 'pop' | 'shift'; readonly name: string; readonly variable: string }
  | { readonly type: 'empty'; readonly name: string; readonly variable?: string }
  | { readonly type: 'trim'; readonly time: string; readonly name: string; readonly variable?: string }
  | {
      readonly type: 'exists' | 'getsize' | 'getaliases' | 'getltime' | 'getctime'
      readonly variable: string
      readonly name: string
    }
  | { readonly type: 'setltime' | 'setctime'; readonly name: string; readonly time: string }
  /** `event` has a constant time, `tevent` and `cevent` a template; all are seconds from now. */
  | { readonly type: 'event' | 'tevent'; readonly time: string; readonly text: string }
  | { readonly type: 'cevent'; readonly context: string; readonly time: string; readonly text: string }
  /** `offset` is constant: `N`, `0`, `+N` or `-N`; without it every rule of the file is meant. */
  | { readonly type: 'reset'; readonly offset?: string; readonly text: string }
  | { readonly type: 'getwpos'; readonly variable: string; readonly offset: string; readonly text: string }
  | { readonly type: 'setwpos'; readonly time: string; readonly offset: string; readonly text: string }
  | { readonly type: 'assign' | 'assignsq'; readonly variable: string; readonly text: string }
  | { readonly type: 'free'; readonly variable: string }
  | { readonly type: 'eval'; readonly variable: string; readonly code: string }
  | {
      readonly type: 'call'
      readonly variable: string
      /** Name of the action list variable that holds the code reference. */
      readonly reference: string
      readonly parameters: readonly string[]
    }
  | {
      readonly type: 'lcall'
      readonly variable: string
      readonly parameters: readonly string[]
      readonly operator: '->' | ':>'
      readonly code: PerlSource
    }
  | { readonly type: 'rewrite'; readonly lines: string; readonly text: string }
  | {
      readonly type: 'addinput'
      readonly path: string
      /** `-` is the end of the file. */
      readonly offset: string
      readonly context?: string
    }
  | { readonly type: 'dropinput'; readonly path: string }
  | { readonly type: 'sigemul'; readonly signal: string }
  | { readonly type: 'varset'; readonly variable: string; readonly entry: string }
  | {
      readonly type: 'if'
      readonly variable: string
      readonly actions: ActionListDefinition
      readonly otherwise?: ActionListDefinition
    }
  | { readonly type: 'while'; readonly variable: string; readonly actions: ActionListDefinition }

export type ActionListDefinition = readonly ActionDefinition[]

export type ActionName = ActionDefinition['type']

/** The definition of one action, for the file that runs it. */
export type ActionOf<Name extends ActionName> = Name extends ActionName
  ? Narrowed<ActionDefinition, Name>
  : never

/** The member of a union that has this type, also where the member is shared by several. */
type Narrowed<Definition extends { readonly type: string }, Name> = Definition extends unknown
  ? Name extends Definition['type']
    ? { readonly type: Name } & Omit<Definition, 'type'>
    : never
  : never
