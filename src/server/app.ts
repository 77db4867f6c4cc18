// The Fastify instance as routes and plugins see it, and what they keep on routes and requests.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { CachedBy } from './cache-scope.ts';
import type { CacheSlot } from './response-cache.ts';

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token. */
    public?: boolean;
    /** What the answer depends on, where it may come from the response cache; true: `lake`. */
    cached?: true | CachedBy;
    /** How many requests one of these counts as, for the rate limit; 1 where it says nothing. More than one is heavy: only a few run at once. */
    weight?: number;
  }

  interface FastifyRequest {
    /** Where the answer may be kept. */
    cacheSlot: CacheSlot | null;
  }
}
