// What is made of measured figures: comparisons, verdicts, the page and its picture.

import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { betterOf, judge, measureRatios, worseOf } from '../../bench/support/check.ts';
import { changesSince, changesTable } from '../../bench/support/compare.ts';
import { contenderOf, inTurn } from '../../bench/support/contest.ts';
import { withResults } from '../../bench/support/docs-page.ts';
import { median, quantile } from '../../bench/support/figures.ts';
import type { Contest, Figure } from '../../bench/support/figures.ts';
import { plotOf } from '../../bench/support/plot.ts';
import type { Results } from '../../bench/support/results.ts';
import { contestRows, tableOf } from '../../bench/support/table.ts';

const CONTEST: Contest = {
  title: 'reading', bytes: 100e6, rounds: 3,
  contenders: [
    { name: 'ours', ours: true, wallMs: 500, cpuSeconds: 0.4, peakBytes: 50e6 },
    { name: 'a <peer> & co', wallMs: 1000, cpuSeconds: 1.6, peakBytes: null },
  ],
};

function resultsOf(figures: Figure[], contests: Contest[] = []): Results {
  return { machine: '2 × test', date: '2026-11-20T10:00:00.000Z', quick: false, results: [{ name: 'one', bench: 'one thing', figures, notes: ['A note.'], contests }] };
}

function latency(value: number): Figure {
  return { name: 'latency', value, unit: 'ms', goal: { atMost: 10 } };
}

describe('quantiles', () => {
  it('are values that were measured, and the median splits them', () => {
    fc.assert(fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
      expect(values).toContain(quantile(values, q));
      const middle = median(values);
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
    }));
  });
});

describe('a contest', () => {
  it('is run in turn and gives medians, and the largest peak', async () => {
    const order: string[] = [];
    const walls = [30, 10, 20];
    const entrant = (name: string) => ({
      name,
      run: async () => {
        const round = order.filter((ran) => ran === name).length;
        order.push(name);
        return { wallMs: walls[round] ?? 0, cpuSeconds: round, peakBytes: round === 1 ? null : round * 100 };
      },
    });
    const contest = await inTurn('t', 1, 3, [entrant('a'), entrant('b')]);
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(contenderOf(contest, 'b')).toEqual({ name: 'b', wallMs: 20, cpuSeconds: 1, peakBytes: 200 });
    expect(() => contenderOf(contest, 'c')).toThrow('c');
  });

  it('says how much of each other\'s time ours takes', () => {
    expect(contestRows(CONTEST)).toEqual([
      ['ours', '0.50', '200', '0.40', '50.00', '', ''],
      ['a <peer> & co', '1.00', '100', '1.60', '', '0.50×', '0.25×'],
    ]);
  });
});

describe('comparing two runs', () => {
  it.each([
    [10, 10.5, 'same'], [10, 13, 'worse'], [10, 7, 'better'],
  ] as const)('takes less time as better: %d to %d ms is %s', (before, now, verdict) => {
    expect(changesSince(resultsOf([latency(before)]), resultsOf([latency(now)]), 1.15)).toMatchObject([{ name: 'one · latency', before, now, verdict }]);
  });

  it('takes a higher rate as better, in figures and in contests', () => {
    const slower: Contest = { ...CONTEST, contenders: CONTEST.contenders.map((one) => Object.assign({}, one, { wallMs: one.wallMs * 2 })) };
    const changes = changesSince(resultsOf([{ name: 'r', value: 100, unit: 'MB per CPU s' }], [CONTEST]), resultsOf([{ name: 'r', value: 200, unit: 'MB per CPU s' }], [slower]), 1.5);
    const verdicts = Object.fromEntries(changes.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts).toMatchObject({ 'one · r': 'better', 'one · reading: ours, wall': 'worse', 'one · reading: ours, CPU': 'same' });
  });

  it('is symmetric: what got better got worse the other way round', () => {
    const positive = fc.double({ min: 0.01, max: 1e6, noNaN: true });
    fc.assert(fc.property(positive, positive, (a, b) => {
      const [there] = changesSince(resultsOf([latency(a)]), resultsOf([latency(b)]), 1.2);
      const [back] = changesSince(resultsOf([latency(b)]), resultsOf([latency(a)]), 1.2);
      const mirrored = { same: 'same', better: 'worse', worse: 'better' } as const;
      // On the very margin rounding may decide.
      if (Math.abs(Math.abs(Math.log(b / a)) - Math.log(1.2)) > 1e-9) expect(back?.verdict).toBe(mirrored[there?.verdict ?? 'same']);
    }));
  });

  it('leaves out what only one of them has, and warns of another machine', () => {
    const before = { ...resultsOf([latency(10)]), machine: 'another' };
    const now = resultsOf([latency(10), { name: 'new', value: 1, unit: 'ms' }]);
    expect(changesTable(before, now, 1.15)).toMatch(/Another machine: another/);
    expect(changesTable(before, now, 1.15)).not.toContain('new');
  });
});

describe('the check of ratios', () => {
  it('takes the least of each, in turn with the reference', async () => {
    const costs = { reference: [2, 1], scan: [6, 4] };
    const take = (name: keyof typeof costs) => async () => costs[name].shift() ?? Number.NaN;
    expect(await measureRatios([{ name: 'scan', cpu: take('scan') }], take('reference'), 2)).toEqual(new Map([['scan', 4]]));
  });

  it('fails beyond the margin, and lets what is not known yet pass', () => {
    const verdicts = judge(new Map([['scan', 3], ['index', 3.1], ['new', 99]]), { margin: 1.5, ratios: { scan: 2, index: 2 } });
    expect(verdicts.map(({ name, held }) => [name, held])).toEqual([['scan', true], ['index', false], ['new', true]]);
  });

  it('lets a second try better the first, and is not written from a lucky one', () => {
    const tries = [new Map([['scan', 3], ['index', 2]]), new Map([['scan', 2], ['index', 5]])] as const;
    expect(betterOf(...tries)).toEqual(new Map([['scan', 2], ['index', 2]]));
    expect(worseOf(...tries)).toEqual(new Map([['scan', 3], ['index', 5]]));
  });
});

describe('the page', () => {
  const marks = ['<!-- made by "npm run bench -- --write-docs": begin -->', '<!-- made by "npm run bench -- --write-docs": end -->'];
  const page = `# Performance\n\nBefore.\n\n${marks.join('\nold figures\n')}\n\nAfter.\n`;

  it('gets the results between its marks, and again when they change', () => {
    const once = withResults(page, resultsOf([latency(20)], [CONTEST]), 'plot.svg');
    expect(once).not.toContain('old figures');
    expect(once).toContain('| latency | ≤ 10 ms | 20.00 ms | **not met** | `npm run bench -- one` |');
    expect(once).toContain('(plot.svg)');
    expect(once).toMatch(/^# Performance\n\nBefore\.\n/);
    expect(once).toMatch(/\nAfter\.\n$/);
    expect(withResults(once, resultsOf([latency(20)], [CONTEST]), 'plot.svg')).toBe(once);
  });

  it('says where a page has no place for them', () => {
    expect(() => withResults('# Other\n', resultsOf([]), null)).toThrow('has no place for the results');
  });
});

describe('the picture', () => {
  const bars = [...plotOf(resultsOf([], [CONTEST]).results).matchAll(/<rect class="(\w+)"[^>]* width="(\d+)"/g)].map((bar) => [bar[1], Number(bar[2])]);

  it('has a bar for each, as long as its rate', () => {
    const [ours, other] = bars;
    expect(ours?.[0]).toBe('ours');
    expect(Number(ours?.[1]) / Number(other?.[1])).toBeCloseTo(2, 1);
  });

  it('shows rates that a bench gives by themselves, beside their references', () => {
    const rates = [{ name: 'ours', value: 50, unit: 'MB/s' }, { name: 'copying', value: 100, unit: 'MB/s', reference: true }, { name: 'alone', value: 1, unit: 'MB per CPU s' }];
    expect([...plotOf(resultsOf([...rates, latency(1)]).results).matchAll(/<rect class="(\w+)"/g)].map((bar) => bar[1])).toEqual(['ours', 'other']);
    expect(plotOf(resultsOf([latency(1)]).results)).not.toContain('<rect');
  });

  it('escapes names', () => {
    expect(plotOf(resultsOf([], [CONTEST]).results)).toContain('a &lt;peer&gt; &amp; co');
  });
});

it('shows a result as text with every contest, figure and note', () => {
  const [result] = resultsOf([latency(20)], [CONTEST]).results;
  const text = result === undefined ? '' : tableOf(result);
  for (const part of ['one thing', 'reading: 100 MB, medians of 3 rounds in turn', 'a <peer> & co', 'NOT MET', 'A note.']) expect(text).toContain(part);
});
