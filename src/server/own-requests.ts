// Requests that the daemon makes of itself, so that the code that answers has run before anybody waits for it. They
// are answered as all are, but neither counted nor limited, and their answers are not kept.

import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

const HEADER = 'x-sessionlake-own';

export class OwnRequests {
  /** Nobody else knows it. */
  readonly #secret = randomUUID();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  isOwn(headers: IncomingHttpHeaders): boolean {
    return headers[HEADER] === this.#secret;
  }

  /** Resolves when the answer is there, whatever it says. Throws where there is none. */
  ask(url: URL, token: string | null): Promise<void> {
    const headers = { [HEADER]: this.#secret, ...(token !== null && { authorization: `Bearer ${token}` }) };
    return new Promise((resolve, reject) => {
      request(url, { agent: this.#agent, headers }, (response) => {
        response.on('error', reject).on('end', resolve).resume();
      }).on('error', reject).end();
    });
  }

  /** Lets its connection go. */
  rest(): void {
    this.#agent.destroy();
  }
}
