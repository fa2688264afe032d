/**
 * Time and CPU time of a piece of work, as contenders measure it in their own process.
 */

/** Seconds and CPU seconds, of all threads of this process, that `work` took, and what it came to. */
export async function clocked(work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const value = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6, value };
}
