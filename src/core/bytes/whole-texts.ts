// Texts as DuckDB has them. Its bindings decode them as files are decoded, which takes a U+FEFF at the beginning
// for a byte order mark and drops it: the text is another one then, and what is cut out of it is cut at the wrong place.

/** `decoder`: the one that all vectors of the bindings share, in this thread. */
export function decodeWhole(decoder: InstanceType<typeof TextDecoder>): void {
  const whole = new TextDecoder('utf-8', { ignoreBOM: true });
  decoder.decode = whole.decode.bind(whole);
}
