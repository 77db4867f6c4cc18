// The compiled scanner, one instance a thread, made when first needed.

// oxlint-disable-next-line no-restricted-imports -- loads a part of the program, as an import would.
import { readFileSync } from 'node:fs';
import { builtUrl } from '../../core/worker-url.ts';

/** What wasm/scanner.ts exports; positions are in its memory. */
export interface ScannerExports {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  scan(from: number, to: number): number;
  dropSymbols(): void;
  SHAPE: { readonly value: number };
  SHAPE_END: { readonly value: number };
  SYMBOLS: { readonly value: number };
  SYMBOLS_MAX: { readonly value: number };
  ROWS: { readonly value: number };
  TEXTS: { readonly value: number };
  WINDOW: { readonly value: number };
  rowBytes: { value: number };
  stopped: { readonly value: number };
  textsEnd: { readonly value: number };
  symbols: { readonly value: number };
}

// Node's types do not name it, and those of browsers would name far more than there is.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** Throws where the scanner was not built or the engine cannot run it. */
export function instantiateScanner(): ScannerExports {
  const bytes = readFileSync(new URL(builtUrl(import.meta.url, 'sources/selective/scanner.wasm')));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as ScannerExports;
}
