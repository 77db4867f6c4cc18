// Contests as a picture: bars of MB/s, one group a contest. Plain SVG with its own colours for light
// and dark pages.

import { shown } from './figures.ts';
import type { Contest } from './figures.ts';

const WIDTH = 760;
const LABEL_WIDTH = 300;
const BAR_WIDTH = WIDTH - LABEL_WIDTH - 90;
const ROW = 24;
const HEAD = 40;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .ours { fill: #0969da; }
  .other { fill: #8c959f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .ours { fill: #4493f8; }
    .other { fill: #6e7681; }
  }`;

export function plotOf(contests: readonly Contest[]): string {
  const groups: string[] = [];
  let top = 0;
  for (const contest of contests) {
    groups.push(...groupOf(contest, top));
    top += HEAD + contest.contenders.length * ROW;
  }
  const alt = `Rates in MB of logs a second: ${contests.map(({ title }) => title).join('; ')}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top + 12}" viewBox="0 0 ${WIDTH} ${top + 12}" role="img" aria-label="${escaped(alt)}">`,
    `<style>${STYLE}\n</style>`, ...groups, '</svg>', '',
  ].join('\n');
}

function groupOf({ title, bytes, contenders }: Contest, top: number): string[] {
  const rates = contenders.map(({ wallMs }) => bytes / 1e3 / wallMs);
  const largest = Math.max(...rates);
  const rows = contenders.map((one, index) => {
    const y = top + HEAD + index * ROW;
    const rate = rates[index] ?? 0;
    const width = Math.max(1, Math.round((rate / largest) * BAR_WIDTH));
    return `<text x="${LABEL_WIDTH - 8}" y="${y + 12}" text-anchor="end">${escaped(one.name)}</text>`
      + `<rect class="${one.ours === true ? 'ours' : 'other'}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="16" rx="2"/>`
      + `<text x="${LABEL_WIDTH + width + 6}" y="${y + 12}">${shown(rate)}</text>`;
  });
  return [`<text class="title" x="0" y="${top + 26}">${escaped(title)}, MB/s</text>`, ...rows];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
