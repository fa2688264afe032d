/**
 * Messages between threads: ways for a hub, which is this thread, and worker threads to send each other numbers. The hub
 * sends a worker a batch, and the worker answers with its sum. A way has two ends:
 *
 *     hub(batch)               { reach, start?(), exchange(worker), close?() }: what workers reach the hub by; what a
 *                              worker is to be given; a function that sends a batch, beginning with a number, to a worker
 *                              and returns its answer, or a promise of it
 *     worker(batch, link)      answers; returns what the hub reaches it by
 *
 * where `link` is { index, hub: what the hub is reached by, given: what `start` returned }.
 */
import { MessageChannel } from 'node:worker_threads';
import { operations, Ring, SyncRing } from 'ringsmith';

/** Adds up batches, and tells the sum of each with its last number. */
function summing(batch, tell) {
  let [sum, got] = [0, 0];
  return (value) => {
    sum = (sum + value) | 0;
    got += 1;
    if (got < batch) return;
    const whole = sum;
    [sum, got] = [0, 0];
    tell(whole);
  };
}

const rings = {
  hub(batch) {
    const ring = new Ring();
    const answered = [];
    ring.onMessage(({ data, value }) => answered[Number(data)](value));
    const sent = new Array(batch);
    return {
      reach: ring.fd,
      close: () => ring.close(),
      exchange({ index, reach }) {
        const worker = { fd: reach };
        return async (first) => {
          const answer = new Promise((resolve) => {
            answered[index] = resolve;
          });
          for (let at = 0; at < batch; at += 1) sent[at] = ring.send(worker, { value: first + at });
          await Promise.all(sent);
          return answer;
        };
      },
    };
  },
  worker(batch, { index, hub }) {
    const ring = new Ring();
    const take = summing(batch, (sum) => void ring.send({ fd: hub }, { data: index, value: sum }));
    ring.onMessage(({ value }) => take(value));
    return ring.fd;
  },
};

/** user_data of messages, by which the receiver tells them from completions of its own, and of sending them. */
const MESSAGE = 0xd1n << 56n;
const SENDING = 1;

/** Prepares a message; it goes with the next wait. */
function prepare(ring, fd, value) {
  const args = { fd, data: MESSAGE, result: value, userData: SENDING };
  while (!ring.push(operations.msgRing, args)) ring.submit();
}

/** What takes the messages among a ring's completions. */
const visitorOf = (take) => (completion) => {
  const { res, userData } = completion;
  if (userData !== SENDING) take(res);
  else if (res < 0) throw new Error(`a message was not sent: ${res}`);
};

/** Both ends wait in the kernel: no event loop is in between. */
const syncRings = {
  hub(batch) {
    const ring = new SyncRing();
    let answer;
    const visit = visitorOf((sum) => {
      answer = sum;
    });
    return {
      reach: ring.fd,
      close: () => ring.close(),
      exchange:
        ({ reach }) =>
        (first) => {
          for (let at = 0; at < batch; at += 1) prepare(ring, reach, first + at);
          answer = undefined;
          while (answer === undefined) {
            ring.wait(ring.inFlight + 1);
            ring.drain(visit);
          }
          return answer;
        },
    };
  },
  worker(batch, { hub }) {
    const ring = new SyncRing();
    const visit = visitorOf(summing(batch, (sum) => prepare(ring, hub, sum)));
    setImmediate(() => {
      for (;;) {
        ring.wait(ring.inFlight + 1);
        ring.drain(visit);
      }
    });
    return ring.fd;
  },
};

const ports = {
  hub(batch) {
    const channels = [];
    return {
      start(index) {
        channels[index] = new MessageChannel();
        return channels[index].port2;
      },
      exchange({ index }) {
        const port = channels[index].port1;
        let answered;
        port.on('message', (sum) => answered(sum));
        return (first) => {
          for (let at = 0; at < batch; at += 1) port.postMessage(first + at);
          return new Promise((resolve) => {
            answered = resolve;
          });
        };
      },
    };
  },
  worker(batch, { given }) {
    given.on(
      'message',
      summing(batch, (sum) => given.postMessage(sum)),
    );
  },
};

/** Places in shared memory: how many numbers were sent and answered, and the last of each. */
const [SENT, NUMBER, ANSWERED, ANSWER] = [0, 16, 32, 48];
const CELLS = 64;

function put(cells, counter, place, value) {
  cells[place] = value;
  Atomics.add(cells, counter, 1);
  Atomics.notify(cells, counter);
}

/** One number at a time in shared memory; `until` waits for a counter to have left a value. */
const sharedMemory = (until) => ({
  hub() {
    const shared = [];
    return {
      start(index) {
        shared[index] = new Int32Array(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT));
        return shared[index];
      },
      exchange({ index }) {
        const cells = shared[index];
        return (first) => {
          const seen = Atomics.load(cells, ANSWERED);
          put(cells, SENT, NUMBER, first);
          return until(cells, ANSWERED, seen, () => cells[ANSWER]);
        };
      },
    };
  },
  worker(_, { given }) {
    const serve = (seen) =>
      until(given, SENT, seen, () => {
        put(given, ANSWERED, ANSWER, given[NUMBER]);
      });
    setImmediate(async () => {
      for (let seen = 0; ; seen = (seen + 1) | 0) {
        const served = serve(seen);
        if (served !== undefined) await served;
      }
    });
  },
});

function blocking(cells, counter, seen, then) {
  while (Atomics.load(cells, counter) === seen) Atomics.wait(cells, counter, seen);
  return then();
}

async function onEventLoop(cells, counter, seen, then) {
  while (Atomics.load(cells, counter) === seen) {
    const waiting = Atomics.waitAsync(cells, counter, seen);
    if (waiting.async) await waiting.value;
  }
  return then();
}

export const ways = {
  rings,
  syncRings,
  ports,
  waits: sharedMemory(blocking),
  asyncWaits: sharedMemory(onEventLoop),
};
