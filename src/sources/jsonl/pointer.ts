// JSON pointers (RFC 6901) into parsed lines. A bare name is a top-level key.

export function readPointer(value: unknown, pointer: string): unknown {
  if (!pointer.startsWith('/')) return step(value, pointer);
  let at = value;
  for (const part of pointer.slice(1).split('/')) at = step(at, part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return at;
}

function step(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}
