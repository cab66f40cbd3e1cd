/** Where the Collector's program is, once it is there. */
export const collectorPath: string
