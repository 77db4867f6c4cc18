// How long each endpoint takes to answer, one request after another, with nothing kept from before.

import { Durations, type Percentiles } from '../../core/time/durations.ts';
import type { ApiClient } from '../api-client.ts';
import { readRequests, type ApiRequest, type KnownIds, type OpenapiDocument } from '../api-requests.ts';

export const SEVERITIES = ['ok', 'slow', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** At the 95th percentile. */
const SLOW_MS = 15;
const CRITICAL_MS = 100;

export interface EndpointProfile extends Percentiles {
  /** The operation with what was asked for. */
  name: string;
  path: string;
  bytes: number;
  severity: Severity;
}

export async function requestsOf(client: ApiClient): Promise<ApiRequest[]> {
  return readRequests(await client.get<OpenapiDocument>('/openapi.json'), await idsOf(client));
}

/** Operations that would profile themselves are left out. */
export async function profileApi(client: ApiClient, requests: number, onDone: (done: number, all: number) => void): Promise<EndpointProfile[]> {
  const all = (await requestsOf(client)).filter(({ operation }) => operation !== 'profileQueries');
  const profiles: EndpointProfile[] = [];
  for (const [i, request] of all.entries()) {
    profiles.push(await profileOf(client, request, requests));
    onDone(i + 1, all.length);
  }
  return profiles.toSorted((a, b) => b.p95_ms - a.p95_ms);
}

async function profileOf(client: ApiClient, { operation, path }: ApiRequest, requests: number): Promise<EndpointProfile> {
  const durations = new Durations();
  let bytes = 0;
  // The first is not measured: plans and pages of the database are got then.
  for (let n = 0; n <= requests; n += 1) {
    await client.post('/health/cache/clear', {});
    const started = performance.now();
    bytes = await sizeOf(client, path);
    if (n > 0) durations.add(performance.now() - started);
  }
  const times = durations.percentiles();
  const question = path.split('?', 2)[1];
  return { name: question === undefined ? operation : `${operation} ${question}`, path, ...times, bytes, severity: severityOf(times.p95_ms) };
}

async function sizeOf(client: ApiClient, path: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of (await client.stream(path, {})).chunks) bytes += chunk.length;
  return bytes;
}

function severityOf(ms: number): Severity {
  return ms > CRITICAL_MS ? 'critical' : ms > SLOW_MS ? 'slow' : 'ok';
}

async function idsOf(client: ApiClient): Promise<KnownIds> {
  const first = async (path: string): Promise<string | null> => (await client.get<{ items: { id: string }[] }>(path, { limit: 1 })).items[0]?.id ?? null;
  return { session: await first('/api/sessions'), project: await first('/api/projects'), job: await first('/api/jobs').catch(() => null) };
}
