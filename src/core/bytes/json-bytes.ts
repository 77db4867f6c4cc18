// JSON put together as bytes in one growing buffer: what is JSON already is copied as it is, and nothing
// becomes a string or an object on the way. Whoever writes sees to the syntax.

/** Below it a loop costs less than a call. */
const SHORT_BYTES = 48;

/** Up to here a division by ten is exact. */
const DIGITS_MAX = 2 ** 50;
const ZERO = 0x30;

export class JsonBytes {
  /** Bytes written since the last `clear`. */
  size = 0;
  private readonly startBytes: number;
  private buffer: Buffer;

  constructor(startBytes: number) {
    this.startBytes = startBytes;
    this.buffer = Buffer.allocUnsafeSlow(startBytes);
  }

  /** JSON as text. */
  text(json: string): void {
    this.reserve(json.length * 3);
    this.size += this.buffer.write(json, this.size, 'utf8');
  }

  /** JSON as UTF-8 bytes. */
  bytes(from: Uint8Array, start: number, end: number): void {
    const buffer = this.reserve(end - start);
    if (end - start > SHORT_BYTES) buffer.set(from.subarray(start, end), this.size);
    else for (let i = start, at = this.size; i < end; i++, at++) buffer[at] = from[i] as number;
    this.size += end - start;
  }

  /** All of them. */
  put(from: Uint8Array): void {
    this.bytes(from, 0, from.length);
  }

  /** A whole number. */
  integer(value: number): void {
    if (!(value >= 0 && value < DIGITS_MAX)) return this.text(String(value));
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits += 1;
    const buffer = this.reserve(digits);
    let rest = value;
    for (let at = this.size + digits - 1; at >= this.size; at--) {
      const less = Math.trunc(rest / 10);
      buffer[at] = ZERO + rest - less * 10;
      rest = less;
    }
    this.size += digits;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.size++] = value;
  }

  /** Room for `bytes` more, to be written through `at`. */
  reserve(bytes: number): Buffer {
    if (this.size + bytes > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.size + bytes, this.buffer.length * 2));
      this.buffer.copy(larger, 0, 0, this.size);
      this.buffer = larger;
    }
    return this.buffer;
  }

  /** Drops what was written after `size` bytes. */
  cut(size: number): void {
    this.size = size;
  }

  /** What was written: valid until something is written after `clear`. */
  get written(): Buffer {
    return this.buffer.subarray(0, this.size);
  }

  /** Begins anew, in the same buffer unless a large line made it large. */
  clear(): void {
    this.size = 0;
    if (this.buffer.length > this.startBytes * 4) this.buffer = Buffer.allocUnsafeSlow(this.startBytes);
  }
}
