// Named places in a JSON line, each written as `NAME=POINTER`, or as a pointer alone that is named after its last key.

import { pointerKind } from './setting-kind.ts';
import type { Kind, Parsed } from './setting-kind.ts';
import type { Place } from './setting-place.ts';

export interface NamedPointer {
  name: string;
  /** A JSON pointer. */
  pointer: string;
}

const NAME = /^[A-Za-z_][\w.-]{0,63}$/;

/** `reserved`: names that stand for something else where these are asked for. */
export function pointersKind(reserved: readonly string[]): Kind<readonly NamedPointer[]> {
  return {
    placeholder: 'NAME=POINTER',
    accepts: 'a name and where it stands in a line, e.g. symbol=/order/symbol; or a key of the line',
    parse: (raw, place) => {
      const texts = typeof raw === 'string' ? raw.split(',').filter((text) => text.trim() !== '') : raw;
      if (!Array.isArray(texts)) return { problem: 'is no list of names', remedy: 'Give an array of texts such as "symbol=/order/symbol".' };
      const pointers = new Map<string, NamedPointer>();
      for (const text of texts as unknown[]) {
        const parsed = parseOne(text, place, reserved);
        if ('problem' in parsed) return parsed;
        if (pointers.has(parsed.value.name)) return { problem: `names ${parsed.value.name} twice`, remedy: 'Give each a name of its own, as NAME=POINTER.' };
        pointers.set(parsed.value.name, parsed.value);
      }
      return { value: Object.freeze([...pointers.values()]) };
    },
  };
}

function parseOne(text: unknown, place: Place, reserved: readonly string[]): Parsed<NamedPointer> {
  if (typeof text !== 'string') return { problem: 'holds something that is no text', remedy: 'Give NAME=POINTER.' };
  const equals = text.indexOf('=');
  const pointer = pointerKind.parse(text.slice(equals + 1).trim(), place);
  if ('problem' in pointer) return pointer;
  const lastKey = (pointer.value.split('/').at(-1) ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
  const name = equals === -1 ? lastKey : text.slice(0, equals).trim();
  if (!NAME.test(name)) return { problem: `has the name ${JSON.stringify(name)}`, remedy: 'A name begins with a letter and holds letters, digits, _, . and -; give one as NAME=POINTER.' };
  if (reserved.includes(name)) return { problem: `has the name ${name}, which stands for something else`, remedy: 'Give it another one, as NAME=POINTER.' };
  return { value: { name, pointer: pointer.value } };
}
