import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './test/helpers/summary-reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/global-setup.ts', 'test/helpers/kafka-setup.ts'],
    reporters: ['default', new SummaryReporter()],
    testTimeout: 30_000
  }
})
