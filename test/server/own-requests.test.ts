// What the daemon asks of itself runs as any request does, and nobody else notices.

import { describe, expect, it } from 'vitest';
import { OwnRequests } from '../../src/server/own-requests.ts';
import { serve } from './client.ts';
import { fakeLake } from './fake-lake.ts';

describe('a question of the server’s own', () => {
  it('is answered, and neither counted, limited, kept nor told of', async () => {
    let stirred = 0;
    const asked: string[] = [];
    const lake = fakeLake({ rateLimitPerMinute: 12, stirred: () => { stirred += 1; } });
    const { sessions } = lake.deps.questions;
    lake.deps.questions.sessions = (...question) => {
      asked.push('sessions');
      return sessions.apply(lake.deps.questions, question);
    };
    const { server, get } = await serve(lake);
    for (let i = 0; i < 20; i++) await server.rehearse('/api/sessions');
    expect(asked).toHaveLength(20);
    expect(stirred).toBe(0);
    const answer = await get('/api/sessions');
    expect(answer.headers).toMatchObject({ 'x-cache': 'MISS', 'x-ratelimit-remaining': '11' });
    expect(stirred).toBe(1);
    const { body } = await get('/metrics');
    expect(body.toString()).toContain('sessionlake_http_request_duration_seconds_count{route="/api/sessions",method="GET",status="200"} 1\n');
    expect(body.toString()).toContain('sessionlake_http_requests_active 1\n');
    server.endRehearsal();
  });

  it('is none of somebody who only says so', () => {
    expect(new OwnRequests().isOwn({ 'x-sessionlake-own': 'true' })).toBe(false);
    expect(new OwnRequests().isOwn({})).toBe(false);
  });

  it('does not keep the server from closing', async () => {
    const { server } = await serve();
    await server.rehearse('/api/sessions');
    await server.close();
    await expect(server.rehearse('/api/sessions')).rejects.toThrow(/ECONNREFUSED/);
  });
});
