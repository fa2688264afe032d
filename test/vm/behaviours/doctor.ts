/**
 * Sysctls and limits that keep a process from io_uring are told apart, on kernels that have them and on those that do not:
 * by `Ring.availability()`, by the error of `new Ring()`, and by the doctor, which says what to write where, and advises
 * no sysctl that lets the process pass.
 */
import { expect } from 'vitest';
import { compareKernels } from '../../../generator/kernels/versions.js';
import type { Behaviour } from '../../support/vm/behaviour.js';
import { parsed } from '../../support/vm/run-in-kernel.js';

const KERNELS = ['5.10', '6.12', '7.3'];
/** The first with the sysctls, and the first whose rings are not charged to RLIMIT_MEMLOCK. */
const SYSCTLS = '6.6';
const UNCHARGED = '5.12';

interface Said {
  readonly availability: { readonly available: boolean; readonly cause?: string; readonly reason?: string };
  readonly error?: { readonly code: string; readonly unavailable?: object };
  readonly code: number;
  readonly report: {
    readonly able: boolean;
    readonly cause: string | null;
    readonly remedies: readonly { readonly code: string; readonly text: string }[];
    readonly findings: readonly { readonly code: string; readonly status: string; readonly detail: string }[];
  };
  readonly text: string;
}

type Situation = 'free' | 'unlockable' | 'off' | 'administrator' | 'noGroup' | 'otherGroup' | 'group';

const ADVICE = /sysctl -w|io_uring_disabled to|group-add/;

function expectFree({ availability, error, code, report, text }: Said): void {
  expect({ availability, error, code }).toEqual({ availability: { available: true }, code: 0 });
  expect(report).toMatchObject({ able: true, cause: null, remedies: [] });
  expect(text).not.toMatch(ADVICE);
}

function expectRefused(said: Said, cause: string, code: string, reason: RegExp): void {
  const { availability, error, report } = said;
  expect(availability).toMatchObject({ available: false, cause, reason: expect.stringMatching(reason) });
  expect(error).toMatchObject({ code, syscall: 'io_uring_setup', unavailable: availability });
  expect({ code: said.code, able: report.able, cause: report.cause }).toEqual({
    code: 1,
    able: false,
    cause,
  });
  expect(report.findings.find(({ status }) => status === 'failed')).toMatchObject({ code: cause });
}

const texts = ({ report }: Said): Record<string, string> =>
  Object.fromEntries(report.remedies.map(({ code, text }) => [code, text]));

function checkSysctls(said: Record<Situation, Said>): void {
  expectRefused(said.off, 'sysctl', 'EPERM', /io_uring_disabled is 2, which keeps everybody out/);
  expect(Object.keys(texts(said.off))).toEqual(['sysctl-host']);
  expect(said.off.text).toContain('sysctl -w kernel.io_uring_disabled=0');

  expectFree(said.administrator);
  expect(said.administrator.text).toContain('this process has CAP_SYS_ADMIN');

  expectRefused(said.noGroup, 'sysctl', 'EPERM', /io_uring_disabled is 1.*io_uring_group is -1/);
  expect(texts(said.noGroup)['sysctl-host']).toContain('sysctl -w kernel.io_uring_group=1000');

  expectRefused(said.otherGroup, 'sysctl', 'EPERM', /io_uring_disabled is 1.*group 4242/);
  expect(texts(said.otherGroup)).toEqual({
    'sysctl-docker': 'docker run --group-add 4242 …',
    'sysctl-compose': 'group_add: ["4242"]',
    'sysctl-kubernetes': 'securityContext: { supplementalGroups: [4242] }',
    'sysctl-systemd': 'SupplementaryGroups=4242',
  });

  expectFree(said.group);
  expect(said.group.text).toContain('this process has the group');
}

export const doctor: Behaviour = {
  title: 'is told why it may not open a ring',
  kernels: KERNELS,
  script: () => ({ script: new URL('../guest/doctor.mjs', import.meta.url) }),
  check: (kernel, result) => {
    const said = parsed<Record<Situation, Said>>(kernel, result);
    expectFree(said.free);
    if (compareKernels(kernel, UNCHARGED) < 0) {
      expectRefused(said.unlockable, 'memlock', 'ENOMEM', /RLIMIT_MEMLOCK is 0 KiB/);
      expect(texts(said.unlockable)['memlock-systemd']).toBe('LimitMEMLOCK=64M');
      expect(said.unlockable.text).not.toMatch(ADVICE);
    } else expectFree(said.unlockable);
    if (compareKernels(kernel, SYSCTLS) >= 0) checkSysctls(said);
    else expect(said.off).toBeUndefined();
  },
};
