/** Where the broker's jars are, once they are there. */
export const kafkaPath: string
