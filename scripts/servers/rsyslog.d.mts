/** The folder that it is unpacked to; `undefined`: there is none. */
export function rsyslogPath(): string | undefined
