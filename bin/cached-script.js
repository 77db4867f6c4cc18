// Runs a CommonJS file with the code that V8 made of it when it was built (scripts/code-cache.mjs), where that is
// of this very file and this V8; otherwise V8 compiles it, which for megabytes takes longer than to run it.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

export function runWithCode(file) {
  const code = codeFile(file);
  evaluate(scriptOf(file, existsSync(code) ? readFileSync(code) : undefined), file);
}

export function codeFile(file) {
  return `${file}.cache`;
}

export function scriptOf(file, cachedData) {
  return new Script(`(function(exports,require,module,__filename,__dirname){${readFileSync(file, 'utf8')}\n})`, { filename: file, cachedData });
}

export function evaluate(script, file) {
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
}
