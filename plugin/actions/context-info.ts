import { action, variable, word, wordOr } from './syntax.ts'

export const exists = action('exists', { variable, name: word })
export const getsize = action('getsize', { variable, name: word })
export const getaliases = action('getaliases', { variable, name: word })
export const getltime = action('getltime', { variable, name: word })
export const setltime = action('setltime', { name: word, time: wordOr('0') })
export const getctime = action('getctime', { variable, name: word })
export const setctime = action('setctime', { time: word, name: word })
