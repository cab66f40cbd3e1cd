/**
 * What messages leave out. A key may be misspelt, stand where it is unknown, or in a URL that is none: so it is its name
 * that tells, beside what the schema calls sensitive.
 */
const NAME = /pass|pwd|secret|token|credential|authori[sz]ation|(?:shared|api|private)[-_]?key/i

export const NOT_SHOWN = '(not shown)'

/** Whether what a key holds is a secret, and not the place of one (`passwordFile`, `tokenEnv`). */
export function isSecretName(key: string): boolean {
  return NAME.test(key) && !/(?:File|Env)$/.test(key)
}

/** A text that may be a URL, without the passwords in it. */
function withoutSecrets(text: string): string {
  return text
    .replace(/(\/\/[^/?@:]*):[^/?@]*@/g, `$1:${NOT_SHOWN}@`)
    .replace(/([?&])([^=&]*)=([^&]*)/g, (all, mark: string, key: string) => {
      return isSecretName(key) ? `${mark}${key}=${NOT_SHOWN}` : all
    })
}

/** A line of a file, without what stands behind the name of a secret. */
export function lineWithoutSecrets(line: string): string {
  for (const { 0: key, index } of line.matchAll(/[\w.-]+/g)) {
    const end = index + key.length
    const [mark] = /^["']?\s*[:=]\s*/.exec(line.slice(end)) ?? []
    if (mark !== undefined && isSecretName(key)) return line.slice(0, end) + mark + NOT_SHOWN
  }
  return withoutSecrets(line)
}

/** A value as JSON, without the secrets in it. */
export function jsonWithoutSecrets(value: unknown): string | undefined {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (isSecretName(key) && inner !== null) return NOT_SHOWN
    return typeof inner === 'string' ? withoutSecrets(inner) : inner
  })
}
