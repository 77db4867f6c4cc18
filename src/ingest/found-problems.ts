// What is wrong with what was found under the roots: told while it is, taken back when a later look did not meet it.

import { LakeError, messageOf } from '../core/errors.ts';
import type { Problem } from '../core/answers/problem.ts';
import type { Discovery } from './discovery.ts';
import type { Problems } from './problems.ts';

export class FoundProblems {
  private readonly problems: Problems;

  constructor(problems: Problems) {
    this.problems = problems;
  }

  /** Those there are now at a path or under it; of all paths where it is null. */
  told(within: string | null): readonly Problem[] {
    const all = this.problems.list();
    return within === null ? all : all.filter(({ path }) => path === within || path?.startsWith(`${within}/`) === true);
  }

  raise({ compressed, failures }: Discovery): void {
    for (const path of compressed) {
      this.problems.raise('compressed_file', `${path} is compressed and is not read.`, { path, hint: 'Unpack it, or leave it: what was indexed before it was packed is kept.' });
    }
    for (const { path, error } of failures) this.problems.raise('unreadable_folder', `${path} cannot be read: ${messageOf(error)}`, { path, hint: hintOf(error) });
  }

  /** `told`: those there were before it was looked at. */
  takeBack(found: Discovery, told: readonly Problem[]): void {
    const { problems } = this;
    problems.keepOnly('compressed_file', found.compressed, told);
    problems.keepOnly('unreadable_document', found.documents.map((document) => document.absolute), told);
    problems.keepOnly('unreadable_sidecar', found.sidecars.map((sidecar) => sidecar.absolute), told);
    problems.keepOnly('unreadable_folder', found.failures.map((failure) => failure.path), told);
  }
}

function hintOf(error: unknown): string {
  return (error instanceof LakeError ? error.hint : undefined) ?? 'Check who may read it; it is tried again by itself.';
}
