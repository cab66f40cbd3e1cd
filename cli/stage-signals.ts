import type { ComposedStage } from '../compose/compose-stage.ts'
import type { StageLog } from '../plugin/stage/options.ts'

/** What signals do to `correlog run`. */
export class StageSignals {
  readonly #remove: (() => void)[] = []

  constructor({ stage, readings, reload, reopen }: ComposedStage, log: StageLog) {
    let isEnding = false
    const end = (signal: string): void => {
      if (isEnding) {
        log.log(3, 'a second signal: ending at once', { signal })
        stage.giveUp()
        return
      }
      isEnding = true
      log.log(4, 'ending in good order', { signal })
      void stage.stop()
    }
    this.#on('SIGTERM', () => end('SIGTERM'))
    this.#on('SIGINT', () => end('SIGINT'))
    this.#on('SIGHUP', () => {
      log.log(4, 'the rules are read again', { signal: 'SIGHUP' })
      reload()
    })
    this.#on('SIGUSR1', () => {
      log.log(4, 'health and counters', {
        ...stage.health,
        ...stage.counters,
        writesLost: readings.writesLost()
      })
    })
    this.#on('SIGUSR2', () => {
      log.log(4, 'files that rules write are opened anew', { signal: 'SIGUSR2' })
      reopen()
    })
  }

  /** Gives the signals their usual meaning again. */
  close(): void {
    for (const remove of this.#remove.splice(0)) remove()
  }

  #on(signal: NodeJS.Signals, listener: () => void): void {
    process.on(signal, listener)
    this.#remove.push(() => process.removeListener(signal, listener))
  }
}
