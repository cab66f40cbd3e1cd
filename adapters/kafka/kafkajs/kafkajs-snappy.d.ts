declare module 'kafkajs-snappy' {
  interface SnappyCodec {
    compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
    decompress(bytes: Buffer): Promise<Buffer>
  }
  /** CommonJS, without types of its own. */
  const create: () => SnappyCodec
  // oxlint-disable-next-line import/no-default-export -- it is what `module.exports` is imported as
  export default create
}
