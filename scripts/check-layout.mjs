// Fails on barrel files: files named index.ts and files that hold nothing but
// re-exports. They hide where a thing lives and make import cycles easy. And on
// imports that go up: a folder of src/index knows those before it, not those after it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const comments = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const imports = /\bimport\b[^;'"]*['"][^'"]*['"];?/g;
const reExports = /\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})(?:\s+from\s+['"][^'"]*['"])?;?/g;

const indexRooms = ['store', 'names', 'calls', 'rows', 'spending', 'follow', 'lines', 'files', 'parts', 'rejects', 'book', 'links', 'state', 'commit', 'writer', 'held', 'search', 'queries', 'sql'];
const importedFrom = /\bfrom '(\.[^']+)'/g;

const complaints = ['src', 'test', 'bench'].flatMap(typescriptFiles).flatMap(complaintsAbout);
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;

function typescriptFiles(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function complaintsAbout(file) {
  const name = relative(root, file);
  if (basename(file) === 'index.ts') return [`${name}: name the file by what it holds, not index.ts`];
  const code = readFileSync(file, 'utf8').replaceAll(comments, '');
  const rest = code.replaceAll(reExports, '').replaceAll(imports, '');
  const onlyReExports = rest.trim() === '' && code.search(reExports) !== -1;
  return [...upwards(file, code), ...(onlyReExports ? [`${name}: holds nothing but re-exports; import from where the thing is defined`] : [])];
}

function upwards(file, code) {
  const [room, place] = indexRoomOf(file);
  if (place === -1) return room === undefined || room.endsWith('.ts') ? [] : [`src/index/${room}: say in scripts/check-layout.mjs which folders it knows`];
  return [...code.matchAll(importedFrom)].flatMap(([, target]) => {
    const [other, otherPlace] = indexRoomOf(join(dirname(file), target));
    return other !== undefined && (otherPlace > place || otherPlace === -1) ? [`${relative(root, file)}: ${room} does not know ${other}, which stands on it`] : [];
  });
}

/** The folder of src/index that a file is in, and its place among them; undefined where it is elsewhere. */
function indexRoomOf(file) {
  const [src, index, room] = relative(root, file).split(sep);
  return src === 'src' && index === 'index' ? [room, indexRooms.indexOf(room)] : [undefined, -1];
}
