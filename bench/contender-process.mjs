/**
 * The process of one JavaScript contender: opens it, then runs it as often as the harness asks, and measures here, where
 * no message passing is in the way.
 */
import { clocked } from './clock.mjs';
import { collect } from './heap.mjs';

const [file, name, params] = process.argv.slice(2);

async function measure(session, count) {
  // Each run starts without the garbage of the one before, whose size depends on how many operations that had.
  collect();
  const { seconds, cpuSeconds, value } = await clocked(() => session.run(count));
  // A contender with a clock of its own says so: it did more than the work, or something else did the work.
  const own = typeof value === 'object' ? value : { checksum: value };
  return { seconds, cpuSeconds, ...own, extras: await session.extras?.(count) };
}

const answer = (promise) =>
  promise.then(
    (message) => process.send(message),
    (error) => process.send({ error: error.message }),
  );

async function open() {
  const { default: workload } = await import(file);
  const session = await workload.contenders[name].open(JSON.parse(params));
  process.on('message', ({ count }) => answer(measure(session, count)));
  process.on('disconnect', () => session.close?.());
  return { ready: true };
}

await answer(open());
