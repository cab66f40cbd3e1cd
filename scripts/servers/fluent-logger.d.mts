/** A folder of Python modules, once it is there: for PYTHONPATH. */
export declare const fluentLoggerPath: string
export declare function isPrepared(): boolean
export declare function prepare(): void
