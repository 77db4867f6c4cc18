// What `start` tells: where it serves, from which folders, and what to type next; and the summary of
// a run that ends by itself.

import { basename, relative } from 'node:path';
import type { RunSummary, Serving } from '../daemon/port.ts';
import { bytes, count, duration, plural } from './humanize.ts';
import { printable } from './printable.ts';
import { rootLines } from './root-lines.ts';
import type { Style } from './style.ts';
import { renderFields } from './table.ts';

/** What to type to call this program again: after `npm link` its name, in a clone the path of its script. */
export function commandText(script: string, cwd: string): string {
  if (basename(script) === 'sessionlake') return 'sessionlake';
  const below = relative(cwd, script);
  const path = below.startsWith('..') ? script : below;
  return `node ${/[^\w./\\:-]/.test(path) ? JSON.stringify(path) : path}`;
}

/** `command`: as `commandText` has it. */
export function servingText(serving: Serving, version: string, command: string, style: Style): string {
  const roots = rootLines(serving.roots, style).map((line, index): [string, string] => [index === 0 ? '  Reads' : '', line]);
  const fields = renderFields([['  Serves', style.cyan(printable(serving.url))], ['  Data', printable(serving.dataDir)], ...roots], style);
  const sample = serving.sample ? ['', style.yellow('  No logs of agents were found on this computer, so the sample that comes with sessionlake is served.')] : [];
  const next = [
    '', `  ${style.dim('From a second terminal:')}`,
    `    ${command} tail        ${style.dim('what happens now, live')}`,
    `    ${command} sessions    ${style.dim('every session there is')}`,
    `    ${command} --help      ${style.dim('everything else')}`, '',
  ];
  return [`${style.bold(`sessionlake ${version}`)} ${style.dim(`(pid ${serving.pid})`)}`, fields, ...sample, ...next].join('\n');
}

export function summaryText(summary: RunSummary, style: Style): string {
  const fields: [string, string][] = [
    ['Files', count(summary.files)],
    ['Sessions', count(summary.sessions)],
    ['Lines', `${count(summary.lines)}, ${summary.rejects === 0 ? 'none rejected' : `${count(summary.rejects)} rejected ("sessionlake rejects" lists them)`}`],
    ['Bytes', `${bytes(summary.bytes_indexed)} of ${bytes(summary.bytes_total)} indexed`],
    ['Took', duration(summary.duration_ms)],
  ];
  if (summary.archive !== null) fields.push(['Archive', archiveRunText(summary.archive)]);
  const problems = summary.problems.map((problem) => `${style.red('!')} ${printable(problem.message)}${problem.path === null ? '' : ` (${printable(problem.path)})`}`);
  const head = summary.caught_up ? style.green('Everything is indexed.') : style.yellow('Stopped before everything was indexed; the next start goes on from here.');
  return [head, renderFields(fields, style), ...problems].join('\n');
}

export function archiveRunText(run: NonNullable<RunSummary['archive']>): string {
  if (run.parts === 0) return 'nothing was due';
  return `${plural(run.parts, 'part')} written: ${plural(run.rows, 'line')} of ${plural(run.sessions, 'session')}, ${bytes(run.bytes)} for ${bytes(run.source_bytes)} of logs`;
}
