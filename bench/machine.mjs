/**
 * What figures depend on and a reader must know: versions, processors, date.
 */
import { cpus, release, totalmem } from 'node:os';

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
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

/** The facts on one line. */
export function machineLine(facts) {
  const { node, libuv, kernel, arch, cpu, cpuCount, date } = facts;
  return `Node ${node} (libuv ${libuv}), Linux ${kernel} ${arch}, ${cpuCount} x ${cpu}, ${date.slice(0, 10)}`;
}
