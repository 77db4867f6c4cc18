// The first and the last quarter hour that anything of a session is in: sessions outside of a time that is asked for
// need not be gone through.

/** Of a session that nothing is in. */
const NOTHING = { from: 2 ** 31 - 1, to: -2 };

export class BucketSpans {
  private from = new Int32Array();
  private to = new Int32Array();

  widen(session: number, bucket: number): void {
    if (session >= this.from.length) this.grow(session);
    if (bucket < (this.from[session] as number)) this.from[session] = bucket;
    if (bucket > (this.to[session] as number)) this.to[session] = bucket;
  }

  /** Whether it may be in a quarter hour from `from` on and before `until`. */
  meets(session: number, from: number, until: number | null): boolean {
    return (this.to[session] ?? NOTHING.to) >= from && (until === null || (this.from[session] ?? NOTHING.from) < until);
  }

  private grow(session: number): void {
    const room = Math.max(64, Math.ceil((session + 1) * 1.25));
    const [from, to] = [new Int32Array(room).fill(NOTHING.from), new Int32Array(room).fill(NOTHING.to)];
    from.set(this.from);
    to.set(this.to);
    [this.from, this.to] = [from, to];
  }
}
