// GET /docs: a page made of the OpenAPI document on which every operation can be tried. Everything it loads
// is served here; it holds nothing of the lake, so it needs no token.

import { readFileSync } from 'node:fs';
import { builtUrl } from '../../core/worker-url.ts';
import type { App } from '../app.ts';
import { NO_QUERY } from '../schemas/parameters.ts';

const FILES = {
  '/docs': { name: 'docs.html', type: 'text/html; charset=utf-8' },
  '/docs/docs.css': { name: 'docs.css', type: 'text/css; charset=utf-8' },
  '/docs/docs.js': { name: 'docs.js', type: 'text/javascript; charset=utf-8' },
} as const;

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** Where a browser may be sent that has the address alone. */
const ELSEWHERE = ['/', '/docs/'];

export function docsRoute(app: App): void {
  for (const path of ELSEWHERE) app.get(path, { config: { public: true }, schema: { hide: true, querystring: NO_QUERY } }, async (_request, reply) => reply.redirect('/docs', 302));
  const held = new Map<string, Buffer>();
  for (const [path, { name, type }] of Object.entries(FILES)) {
    app.get(path, { config: { public: true }, schema: { hide: true, querystring: NO_QUERY } }, async (_request, reply) => {
      const bytes = held.get(name) ?? readFileSync(new URL(builtUrl(import.meta.url, `server/pages/${name}`)));
      held.set(name, bytes);
      return reply.type(type).header('content-security-policy', POLICY).send(bytes);
    });
  }
}
