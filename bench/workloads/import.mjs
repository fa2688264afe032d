/**
 * What a program pays for having ringsmith at all: whole processes, from start to exit, bare and with more and more of it.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const STEPS = {
  'bare node': '',
  'import ringsmith/abi':
    "const { IORING_OP_NOP } = await import('ringsmith/abi'); ok = IORING_OP_NOP === 0;",
  'import ringsmith': "const { Ring } = await import('ringsmith'); ok = typeof Ring === 'function';",
  'import, ring, one operation':
    "const { Ring } = await import('ringsmith'); const ring = new Ring(); ok = await ring.ops.nop() === 0; await ring.close();",
};
const [BARE, , , RING] = Object.keys(STEPS);
const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const CASE = 'one process after the other';

/** Tells what the process took, as its last act. */
const script = (step) =>
  `let ok = true; ${step}
   const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
   console.log(JSON.stringify({ ok, maxRSS, cpu: userCPUTime + systemCPUTime }));`;

const openStep = (step) => () => {
  let peak = 0;
  return {
    async run(count) {
      const start = performance.now();
      const total = { checksum: 0, cpuSeconds: 0 };
      peak = 0;
      for (let done = 0; done < count; done += 1) {
        const args = ['--input-type=module', '--eval', script(step)];
        const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: FOLDER });
        const { ok, maxRSS, cpu } = JSON.parse(stdout);
        total.checksum += Number(ok);
        total.cpuSeconds += cpu / 1e6;
        peak += maxRSS;
      }
      return { ...total, seconds: (performance.now() - start) / 1000 };
    },
    extras: (count) => ({ 'peak MB': (peak * 1024) / count / 1e6 }),
  };
};

export default {
  title: 'a process that does nothing, and one that imports ringsmith and opens a ring',
  unit: 'processes',
  show: 'time',
  first: 2,
  // As many as ended well.
  expected: (count) => count,
  contenders: Object.fromEntries(
    Object.entries(STEPS).map(([name, step]) => [
      name,
      { ...(name === BARE ? {} : { ours: name }), open: openStep(step) },
    ]),
  ),
  cases: [{ name: CASE, params: {} }],
  targets: [
    {
      text: 'import and a ring, above bare node',
      case: CASE,
      unit: 'ms',
      most: true,
      floor: 30,
      measure: (by) => 1000 / by[RING].rate - 1000 / by[BARE].rate,
    },
    {
      text: 'memory of that, above bare node',
      case: CASE,
      unit: 'MB',
      most: true,
      floor: 10,
      measure: (by) => by[RING].extras['peak MB'] - by[BARE].extras['peak MB'],
    },
  ],
};
