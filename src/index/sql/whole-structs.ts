// Structs as the bindings read them lose entries: those of `(1, 2)` have no names and go to one key, and one
// that is called `__proto__` becomes none. Read here, each struct has all of its entries.

import { DuckDBStructValue, DuckDBStructVector } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';

/** A struct whose entries have no names. */
export class TupleValue extends DuckDBStructValue {
  readonly items: readonly DuckDBValue[];

  constructor(items: readonly DuckDBValue[]) {
    super({});
    this.items = items;
  }
}

/** For the whole process. The bindings make vectors themselves, at any depth, so there is no class to hand them. */
export function readStructsWhole(): void {
  DuckDBStructVector.prototype.getItem = itemOf;
}

function itemOf(this: DuckDBStructVector, index: number): DuckDBStructValue | null {
  if (!this.isItemValid(index)) return null;
  const names = this.type.entryNames;
  const values = names.map((_, entry) => this.getItemValue(index, entry));
  if (names.every((name) => name === '')) return new TupleValue(values);
  const entries = Object.create(null) as Record<string, DuckDBValue>;
  for (const [entry, name] of names.entries()) entries[name] = values[entry] ?? null;
  return new DuckDBStructValue(entries);
}
