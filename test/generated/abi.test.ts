/**
 * Proves that the generated ABI is the real one: for the header this machine has installed, a C compiler agrees with
 * every value, size and offset that was read from it; and the native stubs build from their own ABI header alone.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INSTALLED_HEADER, ROOT, ringsmith, temporaryFolder } from '../support/cli.js';

const addonApi = join(ROOT, 'node_modules', 'node-addon-api');

/** Compiles without producing anything; throws with the compiler's words. */
function compile(compiler: 'cc' | 'c++', file: string, args: readonly string[]): void {
  execFileSync(compiler, ['-fsyntax-only', '-Wall', ...args, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
}

describe('a package generated from the installed header', () => {
  it('passes its static assertions against that very header, and breaks on a wrong one', () => {
    const out = join(temporaryFolder(), 'package');
    const result = ringsmith(['generate', '--header', INSTALLED_HEADER, '--out', out]);
    expect(result.code, result.stderr).toBe(0);
    const check = join(out, 'native', 'abi_check.c');
    compile('cc', check, ['-std=gnu11']);
    // The guard itself: a wrong value must not pass.
    writeFileSync(
      check,
      readFileSync(check, 'utf8').replace('IORING_SETUP_SQPOLL == 2u', 'IORING_SETUP_SQPOLL == 3u'),
    );
    expect(() => compile('cc', check, ['-std=gnu11'])).toThrow(/IORING_SETUP_SQPOLL/);
  });

  it('has native stubs that compile with their own ABI header and no kernel header', () => {
    const out = join(temporaryFolder(), 'package');
    expect(ringsmith(['generate', '--header', INSTALLED_HEADER, '--out', out]).code).toBe(0);
    const nodeHeaders = join(process.execPath, '..', '..', 'include', 'node');
    compile('c++', join(out, 'native', 'encoders.cc'), [
      '-std=c++17',
      '-DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS',
      `-I${join(out, 'native')}`,
      `-I${join(ROOT, 'runtime', 'native')}`,
      `-I${addonApi}`,
      `-I${nodeHeaders}`,
      // A kernel header that is reached by mistake ends the compilation.
      '-D_LINUX_IO_URING_H',
      '-include',
      'cstddef',
    ]);
  });
});
