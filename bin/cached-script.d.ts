import type { Script } from 'node:vm';

export function runWithCode(file: string): void;
export function codeFile(file: string): string;
/** Compiles it, or takes the code where V8 accepts that. */
export function scriptOf(file: string, cachedData?: Uint8Array): Script;
export function evaluate(script: Script, file: string): void;
