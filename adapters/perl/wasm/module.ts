import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { withLimits } from './limits.ts'

/** Perl 5.42 as a WebAssembly module, compiled. */
export interface PerlModule {
  readonly module: WebAssembly.Module
  /** Of its file: a snapshot of its memory fits no other. */
  readonly sha256: string
}

/** What the module calls the host for, by the first parameter of `call_host_function`. */
export const HOST_CALL = { question: 1, fuel: 255 } as const

export const FUEL_EXPORT = 'correlog_fuel'

/**
 * Loads the Perl of the package `@6over3/zeroperl-ts`, 25 MB. Its own JavaScript is not used: it makes every call
 * asynchronous.
 *
 * @param memoryBytes that an instance's memory may grow to; Perl then says "Out of memory".
 * @throws Error where the package is not there or is another build.
 */
export function loadPerlModule(memoryBytes: number): PerlModule {
  const known = loaded.get(memoryBytes)
  if (known !== undefined) return known
  const path = createRequire(import.meta.url).resolve('@6over3/zeroperl-ts/zeroperl.wasm')
  const bytes = readFileSync(path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== BUILD) {
    throw new Error(
      `the Perl of @6over3/zeroperl-ts is not the build that was tested: its SHA-256 is ${sha256}, expected ${BUILD}`
    )
  }
  // `call_host_function` is the first import of this build.
  const limits = { memoryBytes, fuelExport: FUEL_EXPORT, import: 0, fuelCall: HOST_CALL.fuel }
  const module = { module: new WebAssembly.Module(withLimits(bytes, limits)), sha256 }
  loaded.set(memoryBytes, module)
  return module
}

/** By the limit of their memory: its instances share the code. */
const loaded = new Map<number, PerlModule>()

/** Of zeroperl-ts 1.0.10. */
const BUILD = 'a6ae97f184fabc444b0b70d77c3d16475bfb3de16ebfb58ab8b2fbf98a53835e'
