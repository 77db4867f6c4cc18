// Worker threads run compiled code, also where the caller runs from source: Node 20 cannot load
// TypeScript in a worker.

/** The compiled module `name` (without extension) beside the module whose `import.meta.url` is given. */
export function workerUrl(moduleUrl: string, name: string): string {
  const compiled = moduleUrl.endsWith('.ts') ? moduleUrl.replace('/src/', '/dist/') : moduleUrl;
  return new URL(`./${name}.js`, compiled).href;
}
