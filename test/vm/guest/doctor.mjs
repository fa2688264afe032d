/**
 * In the guest, as root: what the doctor and a program say while the machine's sysctls are in the way, to root and to a
 * child process without capabilities, which is asked again and again since programs start slowly here. Puts the sysctls
 * back, and prints what was said as JSON.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ring } from 'ringsmith';
import { diagnosis } from './internals/runtime/doctor/diagnosis.js';

const DISABLED = '/proc/sys/kernel/io_uring_disabled';
const GROUP = '/proc/sys/kernel/io_uring_group';
const SOMEBODY = 1000;

async function said() {
  const availability = Ring.availability();
  let error;
  try {
    await new Ring().close();
  } catch ({ code, errno, syscall, unavailable }) {
    error = { code, errno, syscall, unavailable };
  }
  return { availability, error, diagnosis: diagnosis() };
}

async function asSomebody(child) {
  child.send('say');
  const [answer] = await once(child, 'message');
  return answer;
}

function set(disabled, group) {
  writeFileSync(DISABLED, String(disabled));
  writeFileSync(GROUP, String(group));
}

async function ask(child) {
  const result = { free: await asSomebody(child) };
  if (!existsSync(DISABLED)) return result;
  try {
    set(2, -1);
    result.off = await said();
    set(1, -1);
    result.administrator = await said();
    result.noGroup = await asSomebody(child);
    set(1, 4242);
    result.otherGroup = await asSomebody(child);
    set(1, SOMEBODY);
    result.group = await asSomebody(child);
  } finally {
    set(0, -1);
  }
  return result;
}

if (process.send === undefined) {
  // The archive that the guest starts from has the root's folder for root alone.
  for (const folder of ['/', '/ringsmith']) chmodSync(folder, 0o755);
  const child = fork(fileURLToPath(import.meta.url), { uid: SOMEBODY, gid: SOMEBODY });
  console.log(JSON.stringify(await ask(child)));
  child.disconnect();
} else {
  process.on('message', async () => process.send(await said()));
}
