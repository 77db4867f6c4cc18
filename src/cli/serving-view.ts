// What `start` tells: where it serves, from which folders, and what to type next; and the summary of
// a run that ends by itself.

import type { RunSummary, Serving } from '../daemon/port.ts';
import { bytes, count, duration, plural } from './humanize.ts';
import { printable } from './printable.ts';
import { rootLines } from './root-lines.ts';
import type { Style } from './style.ts';
import { renderFields } from './table.ts';

export function servingText(serving: Serving, version: string, style: Style): string {
  const roots = rootLines(serving.roots, style).map((line, index): [string, string] => [index === 0 ? '  Reads' : '', line]);
  const fields = renderFields([['  Serves', style.cyan(printable(serving.url))], ['  Data', printable(serving.dataDir)], ...roots], style);
  const sample = serving.sample ? ['', style.yellow('  No logs of agents were found on this computer, so the sample that comes with sessionlake is served.')] : [];
  const next = [
    '', `  ${style.dim('From a second terminal:')}`,
    `    sessionlake tail        ${style.dim('what happens now, live')}`,
    `    sessionlake sessions    ${style.dim('every session there is')}`,
    `    sessionlake --help      ${style.dim('everything else')}`, '',
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
