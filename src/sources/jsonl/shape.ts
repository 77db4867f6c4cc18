// What is read of a line under the configuration, as a shape.

import type { AdapterOptions, JsonlFields, Shape, Wanted } from '../adapter.ts';
import { isPlainKey, pointerKeys } from './pointer.ts';
import { USUAL } from './usual.ts';

/** Read of every line; text is read elsewhere. */
const READ: readonly (keyof JsonlFields)[] = ['session', 'id', 'parent', 'type', 'time'];
type Scalar = Extract<Wanted, string>;

/** What the values mostly are. */
const WANTED: Record<keyof JsonlFields, Scalar> = { session: 'word', id: 'uuid', parent: 'uuid', type: 'word', time: 'time', text: 'value' };

let last: { of: string; shape: Shape | null } = { of: '', shape: null };

/** Null where a field may lie in an array, or one pointer goes through what another reads. */
export function jsonlShape(options: AdapterOptions): Shape | null {
  const of = JSON.stringify(options);
  if (of !== last.of) last = { of, shape: shapeOf(options) };
  return last.shape;
}

interface Tree {
  [key: string]: Wanted | Tree;
}

function shapeOf({ jsonl: fields, values = { dimensions: [], measures: [] } }: AdapterOptions): Shape | null {
  const tree: Tree = { role: 'word' };
  for (const name of READ) {
    const configured = fields[name];
    const paths = configured === null ? USUAL[name].map((key) => [key]) : [pointerKeys(configured)];
    for (const path of paths) if (!addPath(tree, path, WANTED[name])) return null;
  }
  for (const { pointer } of values.dimensions) if (!addPath(tree, pointerKeys(pointer), 'word')) return null;
  for (const { pointer } of values.measures) if (!addPath(tree, pointerKeys(pointer), 'value')) return null;
  return tree as Shape;
}

function addPath(tree: Tree, path: readonly string[], wanted: Scalar): boolean {
  if (!path.every(isPlainKey)) return false;
  let at = tree;
  for (const key of path.slice(0, -1)) {
    const inner = (at[key] ??= {});
    if (typeof inner === 'string') return false;
    at = inner as Tree;
  }
  const key = path.at(-1) as string;
  if (typeof at[key] === 'object') return false;
  // Read as two things, it has to be there as it is.
  at[key] = at[key] === undefined || at[key] === wanted ? wanted : 'value';
  return true;
}
