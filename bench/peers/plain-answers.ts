// A server that has its answers in memory and does nothing but send them: what a kept answer takes at least, with these
// clients on this machine.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface PlainServer {
  url: string;
  close: () => void;
}

/** In a process of its own. `sizes`: bytes of the answers, which it sends in turn. */
export async function servePlain(sizes: readonly number[]): Promise<PlainServer> {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: ['--import', 'tsx'] });
  child.send(sizes);
  const [port] = (await once(child, 'message')) as [number];
  return { url: `http://127.0.0.1:${port}`, close: () => void child.kill() };
}

function serve(sizes: readonly number[]): void {
  const answers = sizes.map((bytes) => Buffer.alloc(bytes, 'a'));
  let next = 0;
  const server = createServer((_, response) => {
    const answer = answers[next++ % answers.length] as Buffer;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length, 'x-cache': 'HIT' }).end(answer);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.once('message', (sizes) => serve(sizes as number[]));
