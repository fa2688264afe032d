/** Which programs the machine has, for tests that skip without one. */
import { spawnSync } from 'node:child_process';

export const hasProgram = (name: string): boolean => spawnSync(name, ['--version']).error === undefined;
