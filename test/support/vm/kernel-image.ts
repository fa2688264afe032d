/**
 * Bootable kernels by version: Debian's packages of them, found and fetched as the product does it.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheEntry } from '../../../generator/kernels/cache.js';
import { fetchPackage, isImagePackage, kernelPackages } from '../../../generator/kernels/fetch.js';
import { unpack } from '../../../generator/kernels/header-package.js';
import { findImage } from '../../../generator/kernels/image/vmlinux.js';
import { answers } from '../../../generator/kernels/versions.js';
import { Problem } from '../../../generator/problem.js';

const IMAGE_FILE = 'vmlinuz';
/** A package of the same name pattern that only depends on the one with the kernel is smaller. */
const SMALLEST_KERNEL_BYTES = 1e6;

const found = new Map<string, string>();

function locate(version: string): string {
  const wanted = kernelPackages().findLast(
    ({ kernel, package: item }) =>
      answers(kernel, version) && isImagePackage(item.name) && item.bytes > SMALLEST_KERNEL_BYTES,
  )?.package;
  if (wanted === undefined) {
    throw new Problem({
      code: 'IMAGE_UNAVAILABLE',
      what: `there is no package with a kernel of Linux ${version}`,
      consequence: 'it cannot be booted',
      remedy: 'see `ringsmith kernels --available` for those that there are',
    });
  }
  const make = (folder: string): void => {
    const unpacked = join(folder, 'unpacked');
    unpack(fetchPackage(wanted.name, wanted.version).path, unpacked);
    copyFileSync(findImage(unpacked), join(folder, IMAGE_FILE));
    rmSync(unpacked, { recursive: true });
  };
  const key = `${wanted.name}_${wanted.version}_${wanted.sha256.slice(0, 12)}`;
  return join(cacheEntry({ kind: 'images', key, make }), IMAGE_FILE);
}

/** The newest kernel of a series, or exactly that release. @throws Problem when it cannot be had */
export function kernelImage(version: string): string {
  const image = found.get(version) ?? locate(version);
  found.set(version, image);
  return image;
}
