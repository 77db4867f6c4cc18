// The views of a session: from the URL to the question, and what is refused.

import { describe, expect, it } from 'vitest';
import { serve } from './client.ts';

async function asked(path: string): Promise<unknown[] | undefined> {
  const { get, lake } = await serve();
  const answer = await get(path);
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return lake.asked.at(-1)?.args;
}

describe('the views of a session', () => {
  it('pass their defaults', async () => {
    expect(await asked('/api/sessions/s1/timeline')).toEqual(['s1', { limit: 100, includeChildren: false, depth: 1 }]);
    expect(await asked('/api/sessions/s1/exchanges')).toEqual(['s1', { limit: 50 }]);
    expect(await asked('/api/tracing/tree')).toEqual([{ limit: 50, days: 30 }]);
    expect(await asked('/api/sessions/s1/state')).toEqual(['s1', null]);
  });

  it('pass what they are asked for', async () => {
    expect(await asked('/api/sessions/s1/timeline?include_children=true&depth=3&limit=500&cursor=c.1.e1')).toEqual(['s1', { limit: 500, includeChildren: true, depth: 3, cursor: 'c.1' }]);
    expect(await asked('/api/sessions/s1/exchanges?offset=7&limit=200')).toEqual(['s1', { limit: 200, offset: 7 }]);
    expect(await asked('/api/tracing/tree?days=1&limit=500')).toEqual([{ limit: 500, days: 1 }]);
    expect(await asked('/api/sessions/s1/state?at=2026-11-01T10:00:00.5')).toEqual(['s1', Date.UTC(2026, 10, 1, 10, 0, 0, 500)]);
    expect(await asked('/api/sessions/s1/state?at=2026-11-01T10:00:00%2B02:00')).toEqual(['s1', Date.UTC(2026, 10, 1, 8)]);
  });

  it.each([
    ['/api/sessions/s1/timeline?depth=0', 'depth'], ['/api/sessions/s1/timeline?depth=4', 'depth'], ['/api/sessions/s1/timeline?include_children=yes', 'include_children'],
    ['/api/sessions/s1/timeline?limit=501', 'limit'], ['/api/sessions/s1/exchanges?limit=201', 'limit'], ['/api/sessions/s1/exchanges?offset=1&cursor=x', 'offset'],
    ['/api/sessions/s1/metrics?limit=1', 'limit'], ['/api/sessions/s1/tools?x=1', 'x'], ['/api/tracing/tree?days=0', 'days'], ['/api/tracing/tree?limit=501', 'limit'],
    ['/api/sessions/s1/state?at=yesterday', 'at'], ['/api/sessions/s1/state?at=2026-02-30', 'at'], ['/api/sessions/s1/state?at=', 'at'],
  ])('%s is refused', async (path, parameter) => {
    const { get } = await serve();
    const answer = await get(path);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid_parameter', parameter });
  });

  it.each(['timeline', 'exchanges', 'metrics', 'tools', 'state'])('%s of a session nobody knows is a 404', async (view) => {
    const { get } = await serve();
    expect((await get(`/api/sessions/none/${view}`)).status).toBe(404);
  });
});
