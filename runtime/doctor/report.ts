/** `ringsmith doctor`: tells what was found, for people or as JSON. */
import type { Diagnosis, Finding } from './finding.js';
import type { Remedy, RemedyPlace } from './remedies.js';

export interface DoctorOptions {
  readonly json?: boolean;
}

const MARKS: Readonly<Record<Finding['status'], string>> = {
  ok: 'ok     ',
  warning: 'warning',
  failed: 'FAILED ',
  info: 'note   ',
};

const PLACES: Readonly<Record<RemedyPlace, string>> = {
  host: 'on the host',
  docker: 'Docker',
  compose: 'Compose',
  kubernetes: 'Kubernetes',
  systemd: 'systemd unit',
};

function findingLines(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map((finding) => finding.subject.length));
  return findings.flatMap((finding) => {
    const first = `${MARKS[finding.status]} ${finding.subject.padEnd(width)}  ${finding.detail}`;
    return finding.remedy === undefined ? [first] : [first, `${' '.repeat(8)}remedy: ${finding.remedy}`];
  });
}

function remedyLines(remedies: readonly Remedy[]): string[] {
  const width = Math.max(...Object.values(PLACES).map(({ length }) => length));
  return [
    '',
    'What to write where:',
    ...remedies.map(({ place, text }) => `  ${PLACES[place].padEnd(width)}  ${text}`),
  ];
}

function report({ findings, remedies }: Diagnosis): string {
  const lines = [...findingLines(findings), ...(remedies.length === 0 ? [] : remedyLines(remedies))];
  return `${lines.join('\n')}\n`;
}

/** Says what was found. @returns the exit code: 1 when no ring can run here */
export function doctor(diagnosis: Diagnosis, options: DoctorOptions): number {
  const { causes, findings, remedies } = diagnosis;
  const able = causes.length === 0;
  const known = { able, cause: causes[0]?.cause ?? null, causes, remedies, findings };
  if (options.json === true) process.stdout.write(`${JSON.stringify(known, null, 2)}\n`);
  else process.stdout.write(report(diagnosis));
  process.stderr.write(
    able ? 'this machine can run a ring\n' : 'this machine cannot run a ring; see the remedies above\n',
  );
  return able ? 0 : 1;
}
