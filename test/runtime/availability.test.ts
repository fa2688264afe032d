/**
 * `Ring.availability()` never throws and leaves nothing behind: where a ring can be had, on another system or machine, without
 * an addon, and where nothing can be opened any more; and the doctor tells the same cause.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Ring, type RingAvailability, SyncRing } from '../../generated/index.js';
import { native } from '../../runtime/port/native.js';
import { resultOfChild } from '../support/children.js';
import { MAIN, ROOT } from '../support/cli.js';

const PACKAGE = join(ROOT, 'dist', 'generated', 'index.js');

/** Says what a process is told whose `process` was changed before the package was loaded. */
function toldWhere(change: string, env: NodeJS.ProcessEnv = {}): RingAvailability {
  const program = `${change}; const { Ring } = await import(${JSON.stringify(PACKAGE)});
    console.log(JSON.stringify(Ring.availability()));`;
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], options);
  return JSON.parse(said) as RingAvailability;
}

const property = (name: string, value: string): string =>
  `Object.defineProperty(process, '${name}', { value: '${value}' })`;

it('says yes, again and again, and leaves no ring behind', () => {
  const { rings } = native().statistics();
  for (let i = 0; i < 100; i++) expect(Ring.availability()).toEqual({ available: true });
  expect(SyncRing.availability()).toEqual({ available: true });
  expect(native().statistics().rings).toBe(rings);
});

it.each([
  ['platform', property('platform', 'darwin'), /this is macOS/],
  ['platform', property('platform', 'win32'), /this is Windows/],
  ['architecture', property('arch', 'riscv64'), /this process is of riscv64/],
])('says %s after %s', (cause, change, reason) => {
  expect(toldWhere(change)).toEqual({
    available: false,
    cause,
    reason: expect.stringMatching(reason),
    remedy: expect.stringMatching(/^run /),
  });
});

it('says that there is no addon, and so does the doctor', () => {
  const nowhere = { RINGSMITH_ADDON: '/no/such/addon.node' };
  const addon = { available: false, cause: 'addon', reason: expect.stringContaining('/no/such/addon.node') };
  expect(toldWhere('', nowhere)).toMatchObject(addon);
  const doctor = spawnSync(process.execPath, [MAIN, 'doctor', '--json'], {
    encoding: 'utf8',
    env: { ...process.env, ...nowhere },
  });
  expect(doctor.status).toBe(1);
  expect(JSON.parse(doctor.stdout)).toMatchObject({ able: false, cause: 'addon', causes: [addon] });
});

it('takes an argument of node -e for no program', () => {
  const program = `const { Ring } = await import(${JSON.stringify(PACKAGE)}); await new Ring().close();`;
  const args = ['--input-type=module', '-e', program, '--', 'word'];
  expect(spawnSync(process.execPath, args, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

it('says that there are too many open descriptors, as the error of a ring does', async () => {
  const said = await resultOfChild<{ availability: object; code: string; unavailable: object }>(`
    Ring.availability(); // loads the addon
    const open = [];
    try {
      for (;;) open.push(fs.openSync('/dev/null'));
    } catch {
      // No more can be opened.
    }
    const availability = Ring.availability();
    let error;
    try {
      new Ring();
    } catch (caught) {
      error = caught;
    }
    for (const fd of open) fs.closeSync(fd);
    console.log(JSON.stringify({ availability, code: error.code, unavailable: error.unavailable }));`);
  expect(said).toMatchObject({
    availability: { available: false, cause: 'descriptors', remedy: expect.stringContaining('ulimit -n') },
    code: 'EMFILE',
  });
  expect(said.unavailable).toEqual(said.availability);
});
