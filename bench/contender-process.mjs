/**
 * The process of one JavaScript contender: opens it, then runs it as often as the harness asks, and measures here, where
 * no message passing is in the way.
 */
const [file, name, params] = process.argv.slice(2);

/** Seconds of CPU time of all threads of this process since `start`. */
function cpuSince(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

async function measure(session, count) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const checksum = await session.run(count);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, cpuSeconds: cpuSince(cpu), checksum, extras: session.extras?.(count) };
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
