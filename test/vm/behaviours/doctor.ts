/**
 * Sysctls that keep a process from io_uring are told from each other, on kernels that have them and on those that do not:
 * by `Ring.availability()`, by the error of `new Ring()`, and by the doctor, which says what to write where, and advises
 * no sysctl that lets the process pass.
 */
import { expect } from 'vitest';
import { compareKernels } from '../../../generator/kernels/versions.js';
import type { Diagnosis } from '../../../runtime/doctor/finding.js';
import type { Behaviour } from '../../support/vm/behaviour.js';
import { parsed } from '../../support/vm/run-in-kernel.js';

const KERNELS = ['5.10', '6.12', '7.3'];
/** The first with the sysctls. */
const SYSCTLS = '6.6';

interface Said {
  readonly availability: { readonly available: boolean };
  readonly error?: object;
  readonly diagnosis: Diagnosis;
}

type Situation = 'free' | 'off' | 'administrator' | 'noGroup' | 'otherGroup' | 'group';

function expectFree({ availability, error, diagnosis }: Said, detail: string): void {
  expect({ availability, error }).toEqual({ availability: { available: true } });
  expect(diagnosis).toMatchObject({ causes: [], remedies: [] });
  const sysctl = diagnosis.findings.find(({ code }) => code === 'sysctl');
  expect(sysctl).toMatchObject({ detail: expect.stringContaining(detail) });
  expect(sysctl?.remedy).toBeUndefined();
}

function expectRefused({ availability, error, diagnosis }: Said, reason: RegExp): void {
  const why = { available: false, cause: 'sysctl', reason: expect.stringMatching(reason) };
  expect(availability).toMatchObject(why);
  expect(error).toMatchObject({
    code: 'EPERM',
    errno: -1,
    syscall: 'io_uring_setup',
    unavailable: availability,
  });
  expect(diagnosis.causes).toEqual([availability]);
  expect(diagnosis.findings.find(({ status }) => status === 'failed')).toMatchObject({ code: 'sysctl' });
}

const texts = ({ diagnosis }: Said): Record<string, string> =>
  Object.fromEntries(diagnosis.remedies.map(({ code, text }) => [code, text]));

function checkSysctls(said: Record<Situation, Said>): void {
  expectRefused(said.off, /io_uring_disabled is 2, which keeps everybody out/);
  expect(Object.keys(texts(said.off))).toEqual(['sysctl-host']);
  expect(texts(said.off)['sysctl-host']).toContain('sysctl -w kernel.io_uring_disabled=0');

  expectFree(said.administrator, 'this process has CAP_SYS_ADMIN');

  expectRefused(said.noGroup, /io_uring_disabled is 1.*io_uring_group is -1/);
  expect(texts(said.noGroup)['sysctl-host']).toContain('sysctl -w kernel.io_uring_group=1000');

  expectRefused(said.otherGroup, /io_uring_disabled is 1.*group 4242/);
  expect(texts(said.otherGroup)).toEqual({
    'sysctl-docker': 'docker run --group-add 4242 …',
    'sysctl-compose': 'group_add: ["4242"]',
    'sysctl-kubernetes': 'securityContext: { supplementalGroups: [4242] }',
    'sysctl-systemd': 'SupplementaryGroups=4242',
  });

  expectFree(said.group, 'this process has the group');
}

export const doctor: Behaviour = {
  title: 'is told why it may not open a ring',
  kernels: KERNELS,
  script: () => ({ script: new URL('../guest/doctor.mjs', import.meta.url) }),
  check: (kernel, result) => {
    const said = parsed<Record<Situation, Said>>(kernel, result);
    const hasSysctls = compareKernels(kernel, SYSCTLS) >= 0;
    expectFree(said.free, hasSysctls ? '0: everybody' : 'not there');
    if (hasSysctls) checkSysctls(said);
    else expect(said.off).toBeUndefined();
  },
};
