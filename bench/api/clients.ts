// Clients that ask one question after another, each on a connection it keeps, and what their answers took.

import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Question {
  /** The operation, which answers are counted by. */
  name: string;
  path: string;
}

export interface Answered {
  name: string;
  /** Milliseconds after the clients began. */
  askedAt: number;
  ms: number;
  bytes: number;
  status: number;
  cached: boolean;
}

export interface ClientsOptions {
  url: string;
  headers: Record<string, string>;
  clients: number;
  /** Between an answer and the next question, on average. */
  pauseMs: number;
}

/** Until `stop` aborts; every client goes through the questions from another place. */
export async function askAll(questions: readonly Question[], { url, headers, clients, pauseMs }: ClientsOptions, stop: AbortSignal): Promise<Answered[]> {
  const answered: Answered[] = [];
  const began = performance.now();
  const client = async (n: number): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let at = Math.floor((n * questions.length) / clients); !stop.aborted; at += 1) {
      const question = questions[at % questions.length] as Question;
      const askedAt = performance.now() - began;
      answered.push({ name: question.name, askedAt, ...(await ask(url + question.path, headers, agent)) });
      // Equal pauses bring the clients into step, and each then waits for all others.
      if (pauseMs > 0) await sleep(Math.random() * 2 * pauseMs);
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
  return answered;
}

export function ask(url: string, headers: Record<string, string>, agent: Agent, method = 'GET'): Promise<Omit<Answered, 'name' | 'askedAt'>> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const call = request(url, { headers, agent, method }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('error', reject);
      response.on('end', () => resolve({ ms: performance.now() - started, bytes, status: response.statusCode ?? 0, cached: response.headers['x-cache'] === 'HIT' }));
    });
    call.on('error', reject);
    call.end();
  });
}
