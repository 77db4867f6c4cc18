// Worker threads run compiled code, also where the caller runs from source: Node 20 cannot load
// TypeScript in a worker. What only a build makes is found the same way.

/** The compiled module `name` (without extension) beside the module whose `import.meta.url` is given. */
export function workerUrl(moduleUrl: string, name: string): string {
  return builtUrl(moduleUrl, `${name}.js`);
}

/** A file of the build beside the module whose `import.meta.url` is given. */
export function builtUrl(moduleUrl: string, file: string): string {
  const at = moduleUrl.lastIndexOf('/src/');
  const compiled = moduleUrl.endsWith('.ts') ? `${moduleUrl.slice(0, at)}/dist/${moduleUrl.slice(at + '/src/'.length)}` : moduleUrl;
  return new URL(`./${file}`, compiled).href;
}
