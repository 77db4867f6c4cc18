// Whatever is done for a request is done in the name of its operation; a heavy one is known as such.

import type { Operation, Operations } from '../../core/operations.ts';
import type { App } from '../app.ts';
import { whenClosed } from '../when-closed.ts';

/** After kept answers, for which nothing is done. */
export function installOperations(app: App, operations: Operations): void {
  const known = new Map<string, Operation>();
  app.addHook('preHandler', (request, reply, done) => {
    const { url = 'none', config, schema } = request.routeOptions;
    let operation = known.get(url + request.method);
    if (operation === undefined) {
      operation = { name: (schema as { operationId?: string } | undefined)?.operationId ?? 'none', heavy: (config.weight ?? 1) > 1 };
      known.set(url + request.method, operation);
    }
    whenClosed(reply, operations.open());
    operations.run(operation, done);
  });
}
