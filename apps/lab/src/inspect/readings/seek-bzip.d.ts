declare module 'seek-bzip' {
  const bunzip: {
    /** Decodes a whole bzip2 stream into `output`, byte by byte. Throws a TypeError for bytes that are not bzip2. */
    decode(input: Buffer, output: { writeByte(byte: number): void; flush(): void }): void
  }
  export default bunzip
}
