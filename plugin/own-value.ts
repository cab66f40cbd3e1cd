/** A property of the object itself: names come from rules and records, and one may well be `constructor`. */
export function ownValue<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  const value = record[name]
  // Most names that are asked for are nowhere, and that is known at once.
  return value === undefined || Object.hasOwn(record, name) ? value : undefined
}

/** As assignment does, but that a name of an object's own accessor (`__proto__`) is a name like any other. */
export function setOwnValue<T>(record: Record<string, T>, name: string, value: T): void {
  if (name !== '__proto__') record[name] = value
  else Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true })
}
