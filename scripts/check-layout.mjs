// Fails on barrel files: files named index.ts and files that hold nothing but
// re-exports. They hide where a thing lives and make import cycles easy.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const comments = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const imports = /\bimport\b[^;'"]*['"][^'"]*['"];?/g;
const reExports = /\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})(?:\s+from\s+['"][^'"]*['"])?;?/g;

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
  return onlyReExports ? [`${name}: holds nothing but re-exports; import from where the thing is defined`] : [];
}
