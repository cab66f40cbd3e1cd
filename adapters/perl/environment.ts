type Environment = Readonly<Record<string, string | undefined>>

/** What code in the sandbox sees of the environment: nothing that a secret is kept in. `LC_…` too. */
const HARMLESS: ReadonlySet<string> = new Set([
  'HOME',
  'HOSTNAME',
  'LANG',
  'LANGUAGE',
  'LOGNAME',
  'PATH',
  'PWD',
  'SHELL',
  'TMPDIR',
  'TZ',
  'USER'
])

/** The part of an environment that code in the sandbox sees, with variables that are opened to it. */
export function sandboxEnvironment(environment: Environment, opened: readonly string[] = []): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => HARMLESS.has(name) || name.startsWith('LC_') || opened.includes(name)
    )
  )
}

/** The folders with modules that `PERL5LIB` names: part of @INC, so that code in the sandbox may read them. */
export function perlLibraries({ PERL5LIB = '' }: Environment): readonly string[] {
  return PERL5LIB.split(':').filter(folder => folder !== '')
}
