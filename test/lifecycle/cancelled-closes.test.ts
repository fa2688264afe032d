/**
 * Proves that a close which the kernel cancelled before it began is made up for: on file systems that flush when they are
 * closed (overlayfs, NFS) it waits for a worker thread, where a closing ring and `ring.cancel` reach it.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { runChild } from '../support/children.js';
import { ENCODERS, temporaryFolder } from '../support/rings.js';

/** Runs what follows with an overlay mounted at $1/merged, for it alone. */
const MOUNT = `
  set -e; at=$1; shift
  mount -t tmpfs none $at
  mkdir $at/lower $at/upper $at/work $at/merged
  mount -t overlay none -o lowerdir=$at/lower,upperdir=$at/upper,workdir=$at/work $at/merged
  exec "$@"`;
const within = (folder: string): string[] => ['--map-root-user', '--mount', 'sh', '-c', MOUNT, 'sh', folder];

function whyNot(): string | undefined {
  const { status, stderr, error } = spawnSync('unshare', [...within(temporaryFolder()), 'true']);
  return status === 0 ? undefined : (error?.message ?? String(stderr));
}

describe.each(ENCODERS)('closes that are cancelled, %s encoder', (encoder) => {
  test('happen all the same, once', async (context) => {
    const reason = whyNot();
    if (reason !== undefined) context.skip(`no overlayfs in a mount namespace: ${reason}`);
    const folder = temporaryFolder();
    const program = `
      const before = descriptors();
      const codes = {};
      for (let round = 0; round < 12; round++) {
        const ring = new Ring({ encoder: '${encoder}' });
        const names = Array.from({ length: 400 }, (_, index) => '${folder}/merged/' + index);
        const files = await Promise.all(names.map((name) => ring.open(name, { flags: 0o102 })));
        const closing = files.map((file) => file.close().then(() => 'closed', (error) => error.code));
        if (round % 2 === 1) ring.cancel({ opcode: operations.close.opcode }).catch(() => 0);
        if (round % 3 === 1) await ring.ops.nop();
        await ring.close();
        for (const code of await Promise.all(closing)) codes[code] = (codes[code] ?? 0) + 1;
      }
      console.log(JSON.stringify({ codes, left: descriptors() - before }));`;
    const flags = [...within(folder), process.execPath];
    const { stdout, stderr } = await runChild(program, { node: 'unshare', flags });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ codes: { closed: 4800 }, left: 0 });
  });
});
