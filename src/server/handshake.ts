// What makes a request the opening of a WebSocket (RFC 6455, 4.2.1). One that is not is answered as any other
// request is, so that who wrote the client reads what is wrong with it.

import type { IncomingMessage } from 'node:http';

/** The one of the RFC; 8 is its last draft, the same on the wire. */
const VERSIONS = new Set(['13', '8']);
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** Tokens of HTTP between commas. */
const PROTOCOLS = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/;

/** Undefined: it can be opened. */
export function handshakeProblem({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): string | undefined {
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return 'This path speaks WebSocket.';
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) return 'The header Sec-WebSocket-Key is not 16 bytes as Base64.';
  if (!VERSIONS.has(headers['sec-websocket-version'] ?? '')) return 'The header Sec-WebSocket-Version is not 13.';
  const protocols = headers['sec-websocket-protocol'];
  if (protocols === undefined) return undefined;
  const names = protocols.split(',').map((name) => name.trim());
  return PROTOCOLS.test(protocols) && new Set(names).size === names.length ? undefined : 'The header Sec-WebSocket-Protocol is no list of names.';
}
