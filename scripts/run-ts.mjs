// Runs the function `main(arguments)` of a TypeScript file: Node.js 20 can't load one itself.
//   node scripts/run-ts.mjs FILE [ARGUMENT...]
import { resolve } from 'node:path'
import { runnerImport } from 'vite'

const [file, ...args] = process.argv.slice(2)
const { module } = await runnerImport(resolve(file), { configFile: false, logLevel: 'error' })
process.exitCode = (await module.main(args)) ?? 0
