/** Names of the error numbers that an SQE can be refused with (x86-64, as everywhere but on a few old machines). */
import { constants } from 'node:os';

const NAMES = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/** Errors that Node has no name for. */
const OTHERS: Readonly<Record<number, string>> = { 77: 'EBADFD', 94: 'ESOCKTNOSUPPORT', 133: 'EHWPOISON' };

export const errnoName = (errno: number): string => {
  const name = errno === 11 ? 'EAGAIN' : errno === 95 ? 'EOPNOTSUPP' : NAMES.get(errno);
  return name ?? OTHERS[errno] ?? `E${errno}`;
};
