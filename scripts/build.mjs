// `npm run build`: src into dist, bundled. A process that loads two hundred small files and six hundred of
// its dependencies takes longer to start than to read its index; bundled it loads one. The worker
// entry points stay files of their own. What is not bundled: the database's native binding, and piscina,
// which starts a file of its own in each worker.
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { codeFile } from '../bin/cached-script.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

const common = {
  absWorkingDir: root,
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  external: ['@duckdb/node-bindings', 'piscina'],
  // Names stay as they are, for stack traces without a source map.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
};
// V8 knows a script by its length: code of the last one must be gone before there is another.
rmSync(codeFile(join(dist, 'cli', 'main.cjs')), { force: true });

const outputs = await Promise.all([
  // One script: of a module V8 keeps no code (scripts/code-cache.mjs).
  build({
    ...common,
    entryPoints: ['src/cli/main.ts'],
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
  }),
  build({
    ...common,
    entryPoints: ['src/ingest/scan-worker.ts', 'src/archive/convert-worker.ts', 'src/index/sql/query-worker.ts', 'src/daemon/reconcile/look-worker.ts'],
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    format: 'esm',
    // Bundled CommonJS modules ask for Node's own by require, which a module does not have.
    banner: { js: "import{createRequire as moduleRequire}from'node:module';const require=moduleRequire(import.meta.url);" },
  }),
]);
removeStale(new Set(outputs.flatMap(({ metafile }) => Object.keys(metafile.outputs)).map((file) => resolve(root, file))));
// Served as they are.
cpSync(join(root, 'src/server/pages'), join(dist, 'server/pages'), { recursive: true });

/** What an earlier build left, chunks above all: their names hold a hash. */
function removeStale(written) {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && /\.(c?js|map|txt)$/.test(entry.name) && !written.has(file)) rmSync(file);
  }
}
