// The Fastify instance as routes and plugins see it, and what they keep on routes and requests.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token. */
    public?: boolean;
    /** The answer depends on the lake alone, so it may come from the response cache. */
    cached?: boolean;
  }

  interface FastifyRequest {
    /** Where the answer may be kept, and the state of the lake it was asked in. */
    cacheSlot: { key: string; stamp: string } | null;
  }
}
