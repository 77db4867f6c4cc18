// Worker threads run compiled code, also where the caller runs from source: Node 20 cannot load
// TypeScript in a worker.

/** The compiled module `name` (without extension) beside the module whose `import.meta.url` is given. */
export function workerUrl(moduleUrl: string, name: string): string {
  const at = moduleUrl.lastIndexOf('/src/');
  const compiled = moduleUrl.endsWith('.ts') ? `${moduleUrl.slice(0, at)}/dist/${moduleUrl.slice(at + '/src/'.length)}` : moduleUrl;
  return new URL(`./${name}.js`, compiled).href;
}
