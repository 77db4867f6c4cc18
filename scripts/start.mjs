// `npm start`: from a clone in any state to the running daemon. Flags after `--`
// are the daemon's. The daemon runs in this very process, so its signals, streams
// and exit code are this process's own and nothing stands between. (package.json says
// "exec node": a shell left in between would swallow a signal sent to npm.)
import { join } from 'node:path';
import { build, checkNode, install, PrepareError, root } from './prepare.mjs';

// A terminal's Ctrl-C reaches npm and the daemon at once, and npm then passes its own
// on: two signals for one key, and the daemon takes a second one as "exit now".
const repeatWithinMs = 150;

try {
  checkNode();
  await install();
  await build();
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

if (process.env['npm_lifecycle_event'] !== undefined) dropRepeatedSignals();
const executable = join(root, 'bin', 'sessionlake.js');
process.argv.splice(1, 1, executable, 'start');
await import('../bin/sessionlake.js');

function dropRepeatedSignals() {
  const receivedAtMs = new Map();
  const emit = process.emit;
  process.emit = function emitOnce(event, ...args) {
    if (event === 'SIGINT' || event === 'SIGTERM') {
      const nowMs = performance.now();
      const repeated = nowMs - (receivedAtMs.get(event) ?? -Infinity) < repeatWithinMs;
      receivedAtMs.set(event, nowMs);
      if (repeated) return true;
    }
    return emit.call(this, event, ...args);
  };
}
