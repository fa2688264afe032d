/** What ringsmith needs of the machine before anything can be installed. */
import { Failure } from './failure.mjs';

const OLDEST_NODE_MAJOR = 20;

export function checkPlatform(platform = process.platform, nodeVersion = process.versions.node) {
  if (platform !== 'linux') {
    throw new Failure({
      what: `this is ${platform}, and io_uring is an interface of the Linux kernel`,
      consequence: 'ringsmith can neither be built nor run here.',
      remedy: 'Use a Linux machine, virtual machine or container.',
    });
  }
  if (Number.parseInt(nodeVersion, 10) < OLDEST_NODE_MAJOR) {
    throw new Failure({
      what: `this is Node.js ${nodeVersion}, and ringsmith needs ${OLDEST_NODE_MAJOR} or newer`,
      consequence: 'nothing was installed or built.',
      remedy: `Install Node.js ${OLDEST_NODE_MAJOR} or newer, and put it first on PATH.`,
    });
  }
}
