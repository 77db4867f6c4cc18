// What is asked: every operation of the OpenAPI document that reads, so that a new endpoint is asked as well.

import { readRequests, type OpenapiDocument } from '../../src/cli/api-requests.ts';
import type { BenchLake } from '../support/lake.ts';
import type { Question } from './clients.ts';

/** They profile, or tell of the server itself. */
const ASIDE = new Set(['profileQueries', 'openapi', 'metrics', 'performance', 'health', 'systemStats', 'logs', 'listJobs', 'getJob']);
const SESSIONS = 500;

interface Listed {
  id: string;
  bytes: number;
  project: string;
}

/** With their defaults, and one for each grouping; about a session the last active and the largest. */
export async function usualQuestions(lake: BenchLake): Promise<Question[]> {
  const document = await lake.get<OpenapiDocument>('/openapi.json');
  const sessions = await lastActive(lake);
  const largest = sessions.toSorted((a, b) => b.bytes - a.bytes)[0];
  const project = sessions[0]?.project ?? null;
  return withoutRepeats([sessions[0]?.id ?? null, largest?.id ?? null].flatMap((session) => questionsAbout(document, session, project)));
}

/** Those about a session, of many: each is looked at by a few questions, and hardly any is held already. */
export async function questionsAtRandom(lake: BenchLake): Promise<Question[]> {
  const document = await lake.get<OpenapiDocument>('/openapi.json');
  const questions = (await lastActive(lake)).flatMap(({ id }) => questionsAbout(document, id, null).filter(({ path }) => isAboutSession(path)));
  // The same order in every run.
  return withoutRepeats(questions).map((question, i) => ({ question, place: Math.imul(i + 1, 0x9e3779b1) >>> 0 })).toSorted((a, b) => a.place - b.place).map(({ question }) => question);
}

export function isAboutSession(path: string): boolean {
  return path.startsWith('/api/sessions/');
}

async function lastActive(lake: BenchLake): Promise<Listed[]> {
  return (await lake.get<{ items: Listed[] }>(`/api/sessions?limit=${SESSIONS}`)).items;
}

function questionsAbout(document: OpenapiDocument, session: string | null, project: string | null): Question[] {
  return readRequests(document, { session, project, job: null }).filter(({ operation }) => !ASIDE.has(operation)).map(({ operation, path }) => ({ name: operation, path }));
}

function withoutRepeats(questions: readonly Question[]): Question[] {
  return [...new Map(questions.map((question) => [question.path, question])).values()];
}
