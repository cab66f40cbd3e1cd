/** What makes the correlator a stage's: it knows the causes of what it does, and raises alerts in the stage's name. */
export interface StageSettings {
  /** In whose name. A record of the same application is an alert of its own. */
  readonly application: string
  /** Which records it correlates: source and partition. */
  readonly task: string
  /** Whether rules may run programs. */
  readonly programs: boolean
  /**
   * Which notifications of a rule file become alerts. The file '' stands for a rule that is gone while a context keeps
   * its expiry actions.
   */
  readonly alertsFrom: (file: string) => ReadonlySet<NotificationKind>
}

/**
 * Notifications that can become alerts: `pipe` with `pipeexec`, `report` with `reportexec`, `logonly`, `write` with
 * `writen` where they go to standard output, `shellcmd` with `cmdexec`, and `event` with `tevent` and `cevent`, which
 * make their synthetic event all the same.
 */
export const NOTIFICATION_KINDS = ['pipe', 'report', 'logonly', 'write', 'shellcmd', 'event'] as const

export type NotificationKind = (typeof NOTIFICATION_KINDS)[number]

const NONE: ReadonlySet<NotificationKind> = new Set()

/** Where no stage is but rules have the action `alert`. */
export const ALERTS_WITHOUT_STAGE: StageSettings = {
  application: 'correlog',
  task: '',
  programs: true,
  alertsFrom: () => NONE
}
