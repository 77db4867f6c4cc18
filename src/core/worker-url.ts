// Where the files of this package are, told from the address of a module of it. A module runs from src or,
// bundled with others, from any depth of dist. Worker threads run what was built, also where the caller
// runs from source: Node 20 cannot load TypeScript in a worker.

/** A file of the package, by its path from the package's folder. `moduleUrl`: the caller's `import.meta.url`. */
export function packageUrl(moduleUrl: string, path: string): URL {
  const at = Math.max(moduleUrl.lastIndexOf('/src/'), moduleUrl.lastIndexOf('/dist/'));
  return new URL(path, moduleUrl.slice(0, at + 1));
}

/** A file that only a build makes, by its path in dist. */
export function builtUrl(moduleUrl: string, path: string): string {
  return packageUrl(moduleUrl, `dist/${path}`).href;
}

/** The entry point of a worker, by its path in src without extension. */
export function workerUrl(moduleUrl: string, name: string): string {
  return builtUrl(moduleUrl, `${name}.js`);
}
