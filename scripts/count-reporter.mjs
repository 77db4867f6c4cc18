// Writes vitest's counts to the file named by TEST_COUNTS_FILE. Unlike the JSON
// reporter it also sees what fails outside of a test: a file that does not load,
// a hook, an unhandled rejection.
import { writeFileSync } from 'node:fs';

export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const suites = [module, ...module.children.allSuites()];
      counts.failed += suites.filter((suite) => suite.errors().length > 0).length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // "pending" here is a test that never came to its end.
        counts[state === 'pending' ? 'failed' : state] += 1;
      }
    }
    writeFileSync(process.env['TEST_COUNTS_FILE'], JSON.stringify(counts));
  }
}
