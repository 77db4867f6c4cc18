// Rates as a picture: bars, a group for each contest and for each unit of the rates that a bench gives by
// themselves. Plain SVG with its own colours for light and dark pages.

import { isRate, shown } from './figures.ts';
import type { BenchResult } from './figures.ts';

const WIDTH = 860;
const LABEL_WIDTH = 380;
const LABEL_CHARS = 56;
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

interface Group {
  title: string;
  bars: { name: string; rate: number; ours: boolean }[];
}

export function plotOf(results: readonly BenchResult[]): string {
  const groups = results.flatMap(groupsOf);
  const rows: string[] = [];
  let top = 0;
  for (const group of groups) {
    rows.push(...barsOf(group, top));
    top += HEAD + group.bars.length * ROW;
  }
  const alt = `Rates: ${groups.map(({ title }) => title).join('; ')}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top + 12}" viewBox="0 0 ${WIDTH} ${top + 12}" role="img" aria-label="${escaped(alt)}">`,
    `<style>${STYLE}\n</style>`, ...rows, '</svg>', '',
  ].join('\n');
}

/** Those in which ours stands beside another. */
function groupsOf({ bench, figures, contests = [] }: BenchResult): Group[] {
  const groups = contests.map(({ title, bytes, contenders }): Group => ({
    title: `${title}, MB/s`, bars: contenders.map(({ name, wallMs, ours }) => ({ name, rate: bytes / 1e3 / wallMs, ours: ours === true })),
  }));
  const rates = figures.filter(isRate);
  for (const unit of new Set(rates.map((rate) => rate.unit))) {
    const same = rates.filter((rate) => rate.unit === unit);
    groups.push({ title: `${bench}, ${unit}`, bars: same.map(({ name, value, reference }) => ({ name, rate: value, ours: reference !== true })) });
  }
  return groups.filter(({ bars }) => bars.some(({ ours }) => ours) && bars.some(({ ours }) => !ours));
}

function barsOf({ title, bars }: Group, top: number): string[] {
  const largest = Math.max(...bars.map(({ rate }) => rate));
  const rows = bars.map(({ name, rate, ours }, index) => {
    const y = top + HEAD + index * ROW;
    const width = Math.max(1, Math.round((rate / largest) * BAR_WIDTH));
    return `<text x="${LABEL_WIDTH - 8}" y="${y + 12}" text-anchor="end">${escaped(cut(name))}</text>`
      + `<rect class="${ours ? 'ours' : 'other'}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="16" rx="2"/>`
      + `<text x="${LABEL_WIDTH + width + 6}" y="${y + 12}">${shown(rate)}</text>`;
  });
  return [`<text class="title" x="0" y="${top + 26}">${escaped(title)}</text>`, ...rows];
}

function cut(name: string): string {
  return name.length <= LABEL_CHARS ? name : `${name.slice(0, LABEL_CHARS - 1)}…`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
