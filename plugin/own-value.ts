/** A property of the object itself: names come from rules and records, and one may well be `constructor`. */
export function ownValue<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** As assignment does, but that a name of an object's own accessor (`__proto__`) is a name like any other. */
export function setOwnValue<T>(record: Record<string, T>, name: string, value: T): void {
  if (name !== '__proto__') record[name] = value
  else Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true })
}
