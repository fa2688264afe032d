/**
 * Proves `ref()`, `unref()` and `hasRef()` of rings, handles and streams, with the meaning of node:net and timers: what was
 * unref'd does not keep the process alive, whatever else is in flight does, `ref()` takes it back; and while the process
 * lives, what was unref'd goes on. Each program must end by itself, in a process of its own that is killed when it does not.
 */
import { describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { ENCODERS } from '../support/rings.js';

const BOUND_MS = 8_000;
/** What a program must not take that nothing keeps alive; it would stay for the bound. */
const AT_ONCE_MS = 4_000;

const SETUPS = [
  { name: 'default', options: {} },
  { name: 'SQPOLL', options: { sqpoll: {} } },
  { name: 'small', options: { entries: 8, cqEntries: 16 } },
] as const;

/** Nothing keeps these alive. */
const LEAVES: Readonly<Record<string, string>> = {
  'a ring, before its operation': `ring.unref(); idle();`,
  'a ring, after its operation': `idle(); await ring.ops.nop(); ring.unref();`,
  'a ring that listens for messages': `ring.onMessage(() => {}); ring.unref();`,
  'a clock': `const clock = ring.multishot.timeout({ every: 20 }).unref(); clock.next();`,
  'a clock that ticks, from now on': `
    const clock = ring.multishot.timeout({ every: 5 });
    for (let i = 0; i < 3; i++) await clock.next();
    clock.next().then(() => clock.next());
    clock.unref();`,
  'a clock whose iteration goes on': `
    const clock = ring.multishot.timeout({ every: 400 }).unref();
    (async () => { for await (const _ of clock); })();`,
  'a listener, with an accept': `
    const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
    listener.accept().catch(() => {});
    await ring.ops.nop();
    listener.unref();`,
  'a listener, with an accept of later': `
    const listener = (await ring.listen({ host: '127.0.0.1', port: 0 })).unref();
    listener.accept().catch(() => {});`,
  'a listener, with its connections': `
    const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
    listener.connections().next().catch(() => {});
    listener.unref();`,
  'connections of a listener': `
    const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
    listener.connections().unref().next().catch(() => {});`,
  'an operation by opcode on an unreferenced listener': `
    const listener = (await ring.listen({ host: '127.0.0.1', port: 0 })).unref();
    ring.ops.pollAdd({ fd: listener, events: 1 }).catch(() => {});`,
  'a socket that receives, on another ring too': `
    const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
    const { port } = listener.localAddress;
    const socket = await ring.connect({ host: '127.0.0.1', port });
    const accepted = await listener.accept();
    socket.recv(Buffer.alloc(8)).catch(() => {});
    const other = new Ring({ encoder, ...setup });
    other.ops.recv({ fd: socket, buffer: Buffer.alloc(8), flags: 0 }).catch(() => {});
    await other.ops.nop();
    socket.unref();`,
  'a pipe that is read, twice in order': `
    const { read } = await ring.ops.pipe({ flags: 0 }).then(ends);
    const file = ring.adopt(read).unref();
    file.read(Buffer.alloc(8)).catch(() => {});
    file.read(Buffer.alloc(8)).catch(() => {});`,
  'a stream that waits behind another': `
    const clock = ring.multishot.timeout({ every: 3_600_000 });
    clock.next();
    const drained = ring.ops.nop({}, { drain: true });
    drained.catch(() => {});
    const poll = ring.multishot.poll({ fd: 0, events: 0 });
    poll.next().catch(() => {});
    poll.unref();
    clock.unref();
    await clock.return();
    await drained;`,
  'what is cancelled is forgotten': `
    const clock = ring.multishot.timeout({ every: 3_600_000 }).unref();
    clock.next();
    await ring.ops.nop();
    await clock.return();
    const again = ring.multishot.timeout({ every: 3_600_000 }).unref();
    again.next();
    await ring.ops.nop();`,
  'a worker thread that has only that': `
    const source = \`import('\${packageUrl}').then(({ Ring }) => {
      const ring = new Ring({ encoder: '\${encoder}' });
      ring.multishot.timeout({ every: 3_600_000 }).unref().next();
    })\`;
    await new Promise((resolve) => new Worker(source, { eval: true }).once('exit', resolve));`,
};

/** Something keeps these alive until it has happened, which says so. */
const STAYS: Readonly<Record<string, string>> = {
  'another operation, beside a clock': `
    ring.multishot.timeout({ every: 3_600_000 }).unref().next();
    ring.ops.timeout({ after: 300 }).then(happened);`,
  'another operation, started when only a clock was left': `
    ring.multishot.timeout({ every: 3_600_000 }).unref().next();
    setTimeout(() => ring.ops.timeout({ after: 300 }).then(happened), 100);`,
  'an operation that waits behind a clock': `
    const clock = ring.multishot.timeout({ every: 100, count: 3 }).unref();
    clock.next();
    ring.ops.nop({}, { drain: true }).then(happened);
    (async () => { for await (const _ of clock); })();`,
  'a clock that was referenced again': `
    const clock = ring.multishot.timeout({ every: 300, count: 1 }).unref();
    clock.next().then(happened);
    await ring.ops.nop();
    clock.ref();`,
  'a listener that was referenced again': `
    const listener = (await ring.listen({ host: '127.0.0.1', port: 0 })).unref();
    listener.accept({ timeout: 300 }).catch(happened);
    await ring.ops.nop();
    listener.ref();
    // The time an operation may take is no reason to stay, but the operation is.
    `,
  'a ring that was referenced again': `
    ring.unref();
    ring.ops.timeout({ after: 300 }).then(happened);
    await sleep(20);
    ring.ref();`,
  'another ring': `
    ring.unref();
    ring.ops.timeout({ after: 3_600_000 }).catch(() => {});
    new Ring({ encoder }).ops.timeout({ after: 300 }).then(happened);`,
  'a referenced handle in the same operation': `
    const a = await ring.ops.pipe({ flags: 0 }).then(ends);
    const b = await ring.ops.pipe({ flags: 0 }).then(ends);
    const from = ring.adopt(a.read).unref();
    const to = ring.adopt(b.write);
    ring.ops.splice({ fdIn: from, fdOut: to, offIn: -1, offOut: -1, length: 8, flags: 0 }, { timeout: 300 }).catch(happened);`,
  'a timer of Node, and meanwhile the ring goes on': `
    ring.unref();
    let ticks = 0;
    (async () => { for await (const n of ring.multishot.timeout({ every: 10 })) ticks += n; })();
    setTimeout(() => ticks >= 5 && happened(), 400);`,
  'the end of a ring': `
    ring.multishot.timeout({ every: 3_600_000 }).unref().next().catch(() => {});
    ring.ops.timeout({ after: 3_600_000 }).catch(() => {});
    ring.unref();
    ring.close().then(happened);`,
};

const prelude = (encoder: string, options: object): string => `
  const encoder = ${JSON.stringify(encoder)};
  const setup = ${JSON.stringify(options)};
  const ring = new Ring({ encoder, ...setup });
  const idle = () => ring.ops.timeout({ after: 3_600_000 }).catch(() => {});
  const happened = () => console.log('happened');
  const ends = (made) => ({ read: made.read ?? made[0], write: made.write ?? made[1] });
  async function main() {`;

const run = (encoder: string, options: object, program: string) =>
  runChild(`${prelude(encoder, options)}${program}\n}\nmain();`, { timeoutMs: BOUND_MS });

describe.each(ENCODERS)('references, %s encoder', (encoder) => {
  describe.each(SETUPS)('$name ring', ({ options }) => {
    test.each(Object.entries(LEAVES))('%s lets the process end', async (_name, program) => {
      const { code, signal, stderr, ms } = await run(encoder, options, program);
      expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
      expect(ms).toBeLessThan(AT_ONCE_MS);
    });

    test.each(Object.entries(STAYS))('%s keeps it', async (_name, program) => {
      const { code, signal, stderr, stdout } = await run(encoder, options, program);
      expect({ code, signal, stderr, stdout }).toEqual({
        code: 0,
        signal: null,
        stderr: '',
        stdout: 'happened\n',
      });
    });
  });

  test('each tells, and returns itself', async () => {
    const { code, stderr, stdout } = await run(
      encoder,
      {},
      `
      const listener = await ring.listen({ host: '127.0.0.1', port: 0 });
      const stream = listener.connections();
      const file = await ring.open('/dev/null');
      const results = [ring, listener, stream, file].map((one) => [
        one.hasRef(), one.unref() === one, one.hasRef(), one.unref().ref() === one, one.hasRef(),
      ]);
      console.log(JSON.stringify(results));
      await file.close();
      await listener.close();
      await ring.close();
      ring.unref();
      console.log(ring.hasRef());`,
    );
    const row = [true, true, false, true, true];
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`${JSON.stringify([row, row, row, row])}\nfalse\n`);
  });
});
