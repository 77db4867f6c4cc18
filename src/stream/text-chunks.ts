// Lines of text into chunks of bytes: large enough that a chunk costs little, small enough that a
// reader who stops holds little. A chunk ends with a line; only a larger line makes a larger chunk.

/** A chunk is given out at this many characters. */
const CHUNK_CHARACTERS = 65_536;

export class TextChunks {
  #text = '';

  /** A chunk where one is full. */
  add(line: string): Buffer | undefined {
    this.#text += line;
    return this.#text.length >= CHUNK_CHARACTERS ? this.take() : undefined;
  }

  /** What is left; undefined where there is nothing. */
  take(): Buffer | undefined {
    if (this.#text === '') return undefined;
    const bytes = Buffer.from(this.#text, 'utf8');
    this.#text = '';
    return bytes;
  }
}
