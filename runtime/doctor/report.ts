/** `ringsmith doctor`: tells what was found, for people or as JSON. */
import type { Finding } from './finding.js';

export interface DoctorOptions {
  readonly json?: boolean;
}

const MARKS: Readonly<Record<Finding['status'], string>> = {
  ok: 'ok     ',
  warning: 'warning',
  failed: 'FAILED ',
  info: 'note   ',
};

function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map((finding) => finding.subject.length));
  const lines = findings.flatMap((finding) => {
    const first = `${MARKS[finding.status]} ${finding.subject.padEnd(width)}  ${finding.detail}`;
    return finding.remedy === undefined ? [first] : [first, `${' '.repeat(8)}remedy: ${finding.remedy}`];
  });
  return `${lines.join('\n')}\n`;
}

/** Says what was found. @returns the exit code: 1 when no ring can run here */
export function doctor(findings: readonly Finding[], options: DoctorOptions): number {
  const able = findings.every((finding) => finding.status !== 'failed');
  if (options.json === true) process.stdout.write(`${JSON.stringify({ able, findings }, null, 2)}\n`);
  else process.stdout.write(report(findings));
  process.stderr.write(
    able ? 'this machine can run a ring\n' : 'this machine cannot run a ring; see the remedies above\n',
  );
  return able ? 0 : 1;
}
