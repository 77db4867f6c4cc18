// The names of a listening daemon: the URL it tells, and the Host headers that mean it. Loopback names
// always do; on a wildcard address so do the machine's own addresses, which no rebound name can be.

import { networkInterfaces } from 'node:os';

const WILDCARDS = new Set(['0.0.0.0', '::']);
const HTTP_PORT = 80;

export function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${bracketed(host)}:${port}`;
}

/** In lower case, with port; without it too where browsers leave it out. */
export function hostsOf(host: string, port: number): string[] {
  const names = ['localhost', '127.0.0.1', '::1', ...(WILDCARDS.has(host) ? interfaceAddresses() : [host])];
  const unique = [...new Set(names.map((name) => bracketed(name.toLowerCase())))];
  const withPort = unique.map((name) => `${name}:${port}`);
  return port === HTTP_PORT ? [...withPort, ...unique] : withPort;
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []).map(({ address }) => address);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
