// Paths nobody answers are 404; known paths asked with another method are 405 and name what is allowed.

import { LakeError } from '../../core/errors.ts';
import type { App } from '../app.ts';

interface KnownPath {
  pattern: RegExp;
  methods: Set<string>;
}

/** Before the routes: it learns of them as they are added. */
export function installNotFound(app: App): void {
  const paths = new Map<string, KnownPath>();
  app.addHook('onRoute', (route) => {
    const known = paths.get(route.url) ?? { pattern: patternOf(route.url), methods: new Set<string>() };
    for (const method of [route.method].flat()) known.methods.add(method);
    paths.set(route.url, known);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = [...paths.values()].filter(({ pattern }) => pattern.test(path)).map(({ methods }) => methods);
    if (allowed.length === 0) {
      throw new LakeError('not_found', 'There is nothing at this path.', { hint: '/openapi.json lists every path.' });
    }
    const list = [...new Set(allowed.flatMap((methods) => Array.from(methods)))].sort().join(', ');
    reply.header('allow', list);
    throw new LakeError('method_not_allowed', `${request.method} is not possible here.`, { hint: `Allowed: ${list}.` });
  });
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)));
  return new RegExp(`^${parts.join('/')}$`);
}
