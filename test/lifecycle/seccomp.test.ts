/**
 * In a seccomp filter as Docker's (EPERM), Podman's and gVisor's (ENOSYS), and in one that kills, a program is told why
 * no ring can be had, before it tries and when it does; the doctor tells it too, with what to write where and nothing about
 * sysctls; and with the profile that the doctor makes of the default one, a ring runs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../generator/problem.js';
import { flatProfile, type Profile } from '../../runtime/doctor/seccomp-profile.js';
import { MAIN, ROOT, ringsmith, temporaryFolder } from '../support/cli.js';
import {
  defaultProfileFile,
  type FilteredResult,
  Filters,
  lacking,
  refusing,
} from '../support/seccomp/filters.js';

const PACKAGE = join(ROOT, 'dist', 'generated', 'index.js');
const RUNTIME_MAIN = join(ROOT, 'dist', 'runtime', 'main.js');
const CALLS = ['io_uring_setup', 'io_uring_enter', 'io_uring_register'];

/** Whether a ring can be had, and what becomes of one that is opened unless `ask`. */
const PROGRAM = `
  import { readdirSync } from 'node:fs';
  import { Ring, SyncRing } from ${JSON.stringify(PACKAGE)};
  const open = () => readdirSync('/proc/self/fd').length;
  Ring.availability(); // loads the addon
  const before = open();
  const availability = Ring.availability();
  const left = open() - before;
  const said = { availability, same: SyncRing.availability().cause === availability.cause, left };
  if (process.argv[1] !== 'ask') {
    try {
      const ring = new Ring();
      said.nop = await ring.ops.nop();
      await ring.close();
    } catch ({ code, errno, syscall, message, unavailable }) {
      said.error = { code, errno, syscall, message, unavailable };
    }
  }
  console.log(JSON.stringify(said));`;

interface Said {
  readonly availability: { readonly available: boolean; readonly cause?: string; readonly reason?: string };
  readonly same: boolean;
  readonly left: number;
  readonly nop?: number;
  readonly error?: {
    readonly code: string;
    readonly errno: number;
    readonly syscall: string;
    readonly message: string;
    readonly unavailable: object;
  };
}

interface Report {
  readonly able: boolean;
  readonly cause: string | null;
  readonly causes: readonly { readonly cause: string; readonly reason: string }[];
  readonly remedies: readonly { readonly code: string; readonly text: string }[];
  readonly findings: readonly { readonly code: string; readonly status: string; readonly detail: string }[];
}

const lack = lacking();
if (lack !== undefined) console.warn(`seccomp: skipped for want of ${lack}`);

describe.skipIf(lack !== undefined)('in a seccomp filter', () => {
  let filters: Filters;
  let defaultFile: string;
  let podman: Profile;
  /** Why there is no default profile here. */
  let noDefault: string | undefined;

  beforeAll(() => {
    filters = new Filters();
    try {
      defaultFile = defaultProfileFile();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      noDefault = error.message;
      return;
    }
    podman = flatProfile(JSON.parse(readFileSync(defaultFile, 'utf8')) as Profile);
  });
  afterAll(() => filters?.remove());

  const ran = ({ code, signal, stdout, stderr }: FilteredResult): string => {
    expect({ code, signal, stderr }).toMatchObject({ code: 0, signal: null, stderr: '' });
    return stdout;
  };
  const ask = (profile: Profile, ...args: string[]): Said =>
    JSON.parse(ran(filters.run(profile, ['--input-type=module', '-e', PROGRAM, '--', ...args]))) as Said;

  /** Of both programs, since a project may have the runtime alone. */
  function doctorSays(profile: Profile): { text: string; report: Report } {
    for (const main of [RUNTIME_MAIN, MAIN]) {
      const text = filters.run(profile, [main, 'doctor']);
      expect(text).toMatchObject({ code: 1, signal: null });
      expect(text.stderr).toContain('this machine cannot run a ring');
      const json = filters.run(profile, [main, 'doctor', '--json']);
      expect(json).toMatchObject({ code: 1, signal: null });
      if (main === MAIN) return { text: text.stdout, report: JSON.parse(json.stdout) as Report };
    }
    throw new Error('unreachable');
  }

  function expectSeccomp(profile: Profile, reason: string): void {
    const { text, report } = doctorSays(profile);
    expect(report).toMatchObject({ able: false, cause: 'seccomp', causes: [{ cause: 'seccomp', reason }] });
    expect(report.remedies.map(({ code }) => code)).toEqual([
      'seccomp-host',
      'seccomp-docker',
      'seccomp-compose',
      'seccomp-kubernetes',
      'seccomp-systemd',
    ]);
    expect(report.findings.filter(({ status }) => status === 'failed').map(({ code }) => code)).toEqual([
      'seccomp',
      'ring',
    ]);
    expect(report.findings.find(({ code }) => code === 'sysctl')?.status).not.toBe('failed');
    expect(text.replace(/ +/g, ' ')).toContain(`FAILED seccomp ${reason}`);
    expect(text).toMatch(/Docker +docker run --security-opt seccomp=seccomp\.json/);
    expect(text).toMatch(/Kubernetes .*localhostProfile/);
    expect(text).toMatch(/systemd unit +SystemCallFilter=io_uring_setup io_uring_enter io_uring_register/);
    expect(text).not.toMatch(/sysctl -w|kernel\.io_uring_disabled to 0|LimitMEMLOCK=64M|ulimit memlock/);
  }

  const refusals = (): readonly [name: string, profile: Profile, code: string, errno: number][] => [
    ["Docker's", { ...podman, defaultErrnoRet: 1 }, 'EPERM', -1],
    ["Podman's", podman, 'ENOSYS', -38],
    ["gVisor's", refusing(CALLS, 'SCMP_ACT_ERRNO', 38), 'ENOSYS', -38],
    ['one of its own errno', refusing(CALLS, 'SCMP_ACT_ERRNO', 95), 'ENOTSUP', -95],
  ];

  it.for(["Docker's", "Podman's", "gVisor's", 'one of its own errno'])(
    '%s a program is told',
    (which, context) => {
      if (/Docker|Podman/.test(which) && noDefault !== undefined) context.skip(noDefault);
      const [, profile, code, errno] = refusals().find(([name]) => name === which)!;
      const reason = `a seccomp filter refuses io_uring_setup, io_uring_enter and io_uring_register with ${code}`;
      const { availability, same, left, error } = ask(profile);
      expect({ availability, same, left }).toMatchObject({
        availability: {
          available: false,
          cause: 'seccomp',
          reason,
          remedy: expect.stringContaining('io_uring_enter'),
        },
        same: true,
        left: 0,
      });
      expect(error).toMatchObject({
        code,
        errno,
        syscall: 'io_uring_setup',
        message: expect.stringContaining(reason),
        unavailable: availability,
      });
      expect(error?.message).not.toContain('sysctl');
      expectSeccomp(profile, reason);
    },
  );

  it('that kills, neither the question nor the doctor is killed', () => {
    const profile = refusing(CALLS, 'SCMP_ACT_KILL_PROCESS');
    const reason =
      'a seccomp filter kills the process for io_uring_setup, io_uring_enter and io_uring_register';
    expect(ask(profile, 'ask')).toMatchObject({
      availability: { available: false, cause: 'seccomp', reason },
      left: 0,
    });
    expectSeccomp(profile, reason);
    const tried = filters.run(profile, ['--input-type=module', '-e', PROGRAM]);
    expect(tried.signal).toBe('SIGSYS');
  });

  it.each(CALLS)('that refuses %s alone, it is named', (call) => {
    const reason = `a seccomp filter refuses ${call} with EPERM`;
    const profile = refusing([call], 'SCMP_ACT_ERRNO', 1);
    const { availability } = ask(profile, 'ask');
    const found = JSON.parse(filters.run(profile, [RUNTIME_MAIN, 'doctor', '--json']).stdout) as Report;
    // Rings run without anything registered, and the doctor says what is amiss.
    const isAble = call === 'io_uring_register';
    if (isAble) expect(availability).toEqual({ available: true });
    else expect(availability).toMatchObject({ available: false, cause: 'seccomp', reason });
    expect(found).toMatchObject({ able: isAble, cause: isAble ? null : 'seccomp' });
    expect(found.findings.find(({ code }) => code === 'seccomp')).toMatchObject({
      status: isAble ? 'warning' : 'failed',
      detail: expect.stringContaining(reason),
    });
    expect(found.remedies.map(({ code }) => code)).toContain('seccomp-docker');
  });

  it('that is harmless, a ring can be had', () => {
    const profile = refusing(['reboot'], 'SCMP_ACT_ERRNO', 1);
    expect(ask(profile)).toMatchObject({ availability: { available: true }, left: 0, nop: 0 });
    const { code, stdout } = filters.run(profile, [RUNTIME_MAIN, 'doctor']);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('a filter is active, and lets io_uring pass'),
    });
  });

  it.for([
    ['the runtime', RUNTIME_MAIN],
    ['the generator', MAIN],
  ] as const)('with the profile that the doctor of %s makes, a ring runs', ([, main], context) => {
    if (noDefault !== undefined) context.skip(noDefault);
    const made = filters.run(refusing([], 'SCMP_ACT_ALLOW'), [
      main,
      'doctor',
      '--seccomp-profile',
      defaultFile,
    ]);
    const conditional = JSON.parse(ran(made)) as Profile;
    expect(conditional.archMap).toBeDefined();
    expect(ask(flatProfile(conditional))).toMatchObject({
      availability: { available: true },
      left: 0,
      nop: 0,
    });
    const flat = filters.run(refusing([], 'SCMP_ACT_ALLOW'), [
      ...[main, 'doctor', '--seccomp-profile', defaultFile, '--flat'],
    ]);
    const profile = JSON.parse(ran(flat)) as Profile;
    expect(profile).toEqual(flatProfile(conditional));
    expect(JSON.stringify(profile)).not.toMatch(/includes|excludes|archMap/);
    expect(ask(profile)).toMatchObject({ nop: 0 });
  });
});

describe('doctor --seccomp-profile', () => {
  it('says what is wrong with a file', () => {
    const folder = temporaryFolder();
    for (const [name, text, message] of [
      ['none.json', undefined, /cannot be read as a seccomp profile/],
      ['text.json', 'no JSON', /cannot be read as a seccomp profile/],
      ['other.json', '{"defaultAction":"SCMP_ACT_ERRNO"}', /is not a seccomp profile/],
    ] as const) {
      const file = join(folder, name);
      if (text !== undefined) writeFileSync(file, text);
      const { code, stderr, stdout } = ringsmith(['doctor', '--seccomp-profile', file]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(message);
    }
  });

  it('takes the three calls out of rules that refuse them', () => {
    const file = join(temporaryFolder(), 'profile.json');
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        { names: ['io_uring_setup', 'reboot'], action: 'SCMP_ACT_ERRNO' },
        { names: ['io_uring_enter'], action: 'SCMP_ACT_KILL' },
        { names: ['mount'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
      ],
    };
    writeFileSync(file, JSON.stringify(profile));
    const made = JSON.parse(ringsmith(['doctor', '--seccomp-profile', file]).stdout) as Profile;
    expect(made.syscalls).toEqual([
      { names: ['reboot'], action: 'SCMP_ACT_ERRNO' },
      profile.syscalls[2],
      { names: CALLS, action: 'SCMP_ACT_ALLOW' },
    ]);
  });
});
