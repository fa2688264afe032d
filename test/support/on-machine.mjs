/** Loaded before everything else: makes a program believe that it runs on the machine that RINGSMITH_TEST_ARCH names. */
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const arch = process.env.RINGSMITH_TEST_ARCH;
Object.defineProperty(process, 'arch', { value: arch });
if (['s390x', 'ppc64'].includes(arch)) {
  os.endianness = () => 'BE';
  syncBuiltinESMExports();
}
