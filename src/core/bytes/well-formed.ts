// Text as the database keeps it: UTF-8, which has no place for half a surrogate pair. Making it so before
// it is stored keeps what a follower is sent the same as what a question answers later.

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Lone surrogates become U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd');
}
