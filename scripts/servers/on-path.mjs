import { existsSync } from 'node:fs'

/** Whether a program is there. Daemons live in sbin, which is not on every user's PATH. */
export function onPath(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.some(folder => existsSync(`${folder}/${program}`))
}
