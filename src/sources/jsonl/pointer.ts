// JSON pointers (RFC 6901) into parsed lines. A bare name is a top-level key.

/** What any object or array inherits: no field of a line unless the line has it itself. */
const INHERITED: object = [];

export function pointerKeys(pointer: string): string[] {
  if (!pointer.startsWith('/')) return [pointer];
  return pointer.slice(1).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function readPointer(value: unknown, pointer: string): unknown {
  return pointerKeys(pointer).reduce(step, value);
}

function step(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return key in INHERITED && !Object.hasOwn(value, key) ? undefined : (value as Record<string, unknown>)[key];
}

/** Whether a key can only be an object's own: an array has numbers and a length. */
export function isPlainKey(key: string): boolean {
  return !(key in INHERITED) && !/^\d+$/.test(key);
}
