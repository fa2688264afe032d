/**
 * `ringsmith explain OP [field=value …]`: an opcode's contract; with values, whether the kernel would refuse them.
 */
import { listingText } from '../explain/listing.js';
import { readSettings } from '../explain/settings.js';
import { findSubject } from '../explain/subject.js';
import { judge, verdictText } from '../explain/verdict.js';
import { type ContractOptions, contractInput } from './explain-input.js';

export interface ExplainOptions extends ContractOptions {
  readonly json?: boolean;
}

const write = (json: boolean | undefined, report: object, text: () => string): void => {
  process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : text());
};

/** @returns the exit code: 1 when the kernel would refuse the values */
export function explainCommand(operation: string, words: readonly string[], options: ExplainOptions): number {
  const subject = findSubject(operation, contractInput(options));
  const { contract, number, rules, since, man } = subject;
  const about = { opcode: contract.opcode, number, from: rules.from };
  if (words.length === 0) {
    write(options.json, { ...about, since, man, contract: { ...contract, rules: rules.rules } }, () =>
      listingText(subject),
    );
    return 0;
  }
  const settings = readSettings(words, subject);
  const verdict = judge(subject, settings);
  const given = Object.fromEntries(settings.settings.map(({ field, value }) => [field, value.toString()]));
  const refused = verdict.error !== undefined;
  write(options.json, { ...about, given, refused, ...verdict }, () =>
    verdictText(subject, settings, verdict),
  );
  return refused ? 1 : 0;
}
