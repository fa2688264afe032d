/**
 * Ends the output of a test run with `N passed, N failed[, N skipped]`, and names each skipped test with its reason
 * (the note of `context.skip(note)`), so that a missing capability of the machine cannot hide.
 */
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node';

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  /** `file > test: reason` */
  readonly skipped: readonly string[];
}

export class SummaryReporter implements Reporter {
  #summary: Summary | undefined;
  #started = false;

  onInit(): void {
    // Other reporters, and vitest itself, may write after the run has ended.
    process.once('exit', (code) => {
      const { passed, failed, skipped } = this.#summary ?? { passed: 0, failed: 0, skipped: [] };
      // A run that fails without a failed test (none found, a broken configuration) has failed all the same.
      const summary = { passed, failed: Math.max(failed, code === 0 ? 0 : 1), skipped };
      if (this.#started || code !== 0) process.stdout.write(format(summary));
    });
  }

  onTestRunStart(): void {
    this.#started = true;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    this.#summary = summarize(modules, unhandled.length);
  }
}

function summarize(modules: readonly TestModule[], unhandledErrors: number): Summary {
  const perModule = modules.map(summarizeModule);
  return {
    passed: sum(perModule.map(({ passed }) => passed)),
    failed: sum(perModule.map(({ failed }) => failed)) + unhandledErrors,
    skipped: perModule.flatMap(({ skipped }) => skipped),
  };
}

function summarizeModule(module: TestModule): Summary {
  const tests = [...module.children.allTests()];
  const inState = (state: string) => tests.filter((test) => test.result().state === state);
  // A test that has no result by the end did not pass.
  const failed = inState('failed').length + inState('pending').length;
  // A file may fail outside its tests: while it is loaded, or in a hook.
  const failedOutside = failed === 0 && module.state() === 'failed' ? 1 : 0;
  return {
    passed: inState('passed').length,
    failed: failed + failedOutside,
    skipped: inState('skipped').map(describeSkip),
  };
}

function describeSkip(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  const reason = note ?? (hasBrokenHook(test.parent) ? 'a hook before it failed' : 'no reason given');
  return `${test.module.relativeModuleId} > ${test.fullName}: ${reason}`;
}

function hasBrokenHook(parent: TestSuite | TestModule): boolean {
  return parent.errors().length > 0 || (parent.type === 'suite' && hasBrokenHook(parent.parent));
}

function format({ passed, failed, skipped }: Summary): string {
  const list = skipped.map((line) => `skipped ${line}\n`).join('');
  const count = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  return `${list}${passed} passed, ${failed} failed${count}\n`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
