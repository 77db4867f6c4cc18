// The page about performance: what stands between the two marks is made from the results of one run,
// the rest of the page is left as it is.

import { goalOf } from './figures.ts';
import type { NamedResult, Results } from './results.ts';
import { contestRows, contestTitle, CONTEST_HEAD, figureRows } from './table.ts';

const BEGIN = '<!-- made by "npm run bench -- --write-docs": begin -->';
const END = '<!-- made by "npm run bench -- --write-docs": end -->';

/** `plot`: the picture's address from the page; null without one. Throws where the page lacks the marks. */
export function withResults(page: string, results: Results, plot: string | null): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error(`the page has no place for the results: it needs the lines ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${section(results, plot)}\n\n${page.slice(end)}`;
}

function section({ machine, date, quick, results }: Results, plot: string | null): string {
  const intro = `Measured ${date.slice(0, 10)} on ${machine}${quick ? ', a quick run of small sizes' : ''}. Absolute figures are this machine's; ratios travel.`;
  const picture = plot === null ? [] : [`![Rates in MB/s, beside the peers](${plot})`];
  return ['', intro, demands(results), ...picture, ...results.map(benchSection)].join('\n\n').trimStart();
}

/** What is demanded of all paths at a glance. */
function demands(results: readonly NamedResult[]): string {
  const rows = results.flatMap((result) => {
    const shownRows = figureRows(result);
    return result.figures.flatMap((figure, index) => {
      const [name, value, unit, , met] = shownRows[index] ?? [];
      return figure.goal === undefined ? [] : [[name, `${goalOf(figure)} ${figure.unit}`, `${value} ${unit}`, met === 'met' ? 'met' : '**not met**', `\`npm run bench -- ${result.name}\``]];
    });
  });
  return markdownTable(['path', 'demanded', 'measured', '', 'command'], rows);
}

function benchSection(result: NamedResult): string {
  const contests = (result.contests ?? []).flatMap((contest) => [`**${contestTitle(contest)}**`, markdownTable(CONTEST_HEAD, contestRows(contest))]);
  const rows = figureRows(result).map(([name, value, unit]) => [name, value, unit]);
  const figures = rows.length === 0 ? [] : [markdownTable(['', 'measured', ''], rows)];
  return [`### ${result.bench}`, ...contests, ...figures, ...result.notes].join('\n\n');
}

function markdownTable(head: readonly (string | undefined)[], rows: readonly (readonly (string | undefined)[])[]): string {
  const line = (cells: readonly (string | undefined)[]): string => `| ${cells.map((cell) => (cell ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
