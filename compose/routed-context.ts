import type { SourceConfig } from '../config/stage/stage-config.ts'
import type { StageSource } from '../plugin/stage/options.ts'
import { compileTagPattern } from '../plugin/tag-pattern.ts'

type FluentSourceConfig = Extract<SourceConfig, { readonly type: 'fluent' }>

/** The context in which a record is matched: that of the first route whose patterns its tag fits. */
export function routedContext({ routes, context }: FluentSourceConfig): StageSource['context'] {
  if (routes.length === 0) return context ?? undefined
  const compiled = routes.map(route => ({ matches: compileTagPattern(route.match), context: route.context }))
  return ({ tag }) => compiled.find(({ matches }) => matches(tag))?.context ?? context ?? undefined
}
