import { closeSync, existsSync, openSync, readSync } from 'node:fs'

interface Alert {
  readonly body: string
  readonly attributes: { readonly 'log.record.uid': string }
}

/** The alerts that a stage writes to its file, followed while it does. */
export class AlertFile {
  readonly #path: string
  readonly #bytes = Buffer.alloc(1 << 20)
  readonly #uids = new Map<string, string[]>()
  #offset = 0
  #rest = ''

  constructor(path: string) {
    this.#path = path
  }

  /** Body → uids of the alerts that have it by now, both in order. */
  get uids(): ReadonlyMap<string, readonly string[]> {
    if (existsSync(this.#path)) this.#follow()
    return this.#uids
  }

  /** The bodies of which there are several alerts, with the uids of all. */
  get repeated(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.uids].filter(([, { length }]) => length > 1))
  }

  #follow(): void {
    const fd = openSync(this.#path, 'r')
    try {
      for (;;) {
        const length = readSync(fd, this.#bytes, 0, this.#bytes.length, this.#offset)
        if (length === 0) return
        this.#offset += length
        const lines = `${this.#rest}${this.#bytes.toString('latin1', 0, length)}`.split('\n')
        this.#rest = lines.pop() ?? ''
        for (const line of lines) this.#add(JSON.parse(line) as Alert)
      }
    } finally {
      closeSync(fd)
    }
  }

  #add({ body, attributes }: Alert): void {
    const uids = this.#uids.get(body)
    const uid = attributes['log.record.uid']
    if (uids === undefined) this.#uids.set(body, [uid])
    else uids.push(uid)
  }
}
