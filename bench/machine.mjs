/**
 * What figures depend on and a reader must know: versions, processors, date.
 */
import { cpus, loadavg, release, totalmem } from 'node:os';

export function machineFacts() {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    node: process.versions.node,
    v8: process.versions.v8,
    libuv: process.versions.uv,
    kernel: release(),
    arch: process.arch,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cpuCount: processors.length,
    load: Math.round(loadavg()[0] * 100) / 100,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

/** The facts on one line. */
export function machineLine(facts) {
  const { node, libuv, kernel, arch, cpu, cpuCount, date } = facts;
  return `Node ${node} (libuv ${libuv}), Linux ${kernel} ${arch}, ${cpuCount} x ${cpu}, ${date.slice(0, 10)}`;
}

/** More than this share of the processors in use by others, and figures say little. */
const BUSY_SHARE = 0.2;

/** A warning when other programs were running at the start; a Linux load takes a minute to settle. */
export function busyLine({ load, cpuCount }) {
  if (load <= BUSY_SHARE * cpuCount) return undefined;
  return `load ${load} at the start: other programs were running a moment ago; figures of a busy machine say little`;
}
