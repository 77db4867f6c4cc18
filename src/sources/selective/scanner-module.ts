// The compiled scanner, one instance a thread, made when first needed.

import { instantiateModule } from '../compiled-module.ts';
import type { SharedMemory } from '../compiled-module.ts';

/** What wasm/scanner.ts exports; positions are in its memory. */
export interface ScannerExports {
  memory: SharedMemory;
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

/** Throws where the scanner was not built or the engine cannot run it. */
export function instantiateScanner(): ScannerExports {
  return instantiateModule('sources/selective/scanner.wasm') as ScannerExports;
}
