/**
 * Bootable kernels by version: Debian's packages of them, found and fetched as the product does it.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AptState } from '../../../generator/kernels/apt.js';
import { cacheEntry } from '../../../generator/kernels/cache.js';
import {
  type AvailableKernel,
  fetchPackage,
  isImagePackage,
  kernelPackages,
} from '../../../generator/kernels/fetch.js';
import { unpack } from '../../../generator/kernels/header-package.js';
import { findImage } from '../../../generator/kernels/image/vmlinux.js';
import {
  answers,
  compareKernels,
  comparePackages,
  upstreamVersion,
} from '../../../generator/kernels/versions.js';
import { Problem } from '../../../generator/problem.js';
import { type Architecture, X64 } from './architecture.js';

const IMAGE_FILE = 'vmlinuz';
/** A package of the same name pattern that only depends on the one with the kernel is smaller. */
const SMALLEST_KERNEL_BYTES = 1e6;

/** The package of the kernel itself: signed, and without its debugging information. */
const ARM64_IMAGE = /^linux-(image|binary)-\d[^-]*(-\d\S*)?-cloud-arm64$/;

const found = new Map<string, string>();

/** Packages with kernels to boot, oldest first. The generator reads no kernels of other machines, and so does not list them. */
function imagePackages({ name, debian }: Architecture): readonly AvailableKernel[] {
  if (name === 'x64') return kernelPackages().filter(({ package: item }) => isImagePackage(item.name));
  const state = AptState.open(debian);
  const names = ['linux-image-', 'linux-binary-'].flatMap((prefix) => state.names(prefix));
  return state
    .versions(names.filter((one) => ARM64_IMAGE.test(one)))
    .map((item) => ({ kernel: upstreamVersion(item.version), package: item }))
    .sort(
      (a, b) =>
        compareKernels(a.kernel, b.kernel) ||
        comparePackages(a.package.version, b.package.version) ||
        // The second has the kernel where the first only depends on it.
        Number(a.package.name.startsWith('linux-binary-')) -
          Number(b.package.name.startsWith('linux-binary-')),
    );
}

function locate(version: string, architecture: Architecture): string {
  const wanted = imagePackages(architecture).findLast(
    ({ kernel, package: item }) => answers(kernel, version) && item.bytes > SMALLEST_KERNEL_BYTES,
  )?.package;
  if (wanted === undefined) {
    throw new Problem({
      code: 'IMAGE_UNAVAILABLE',
      what: `there is no package with a kernel of Linux ${version} for ${architecture.debian}`,
      consequence: 'it cannot be booted',
      remedy: 'see `ringsmith kernels --available` for those that there are',
    });
  }
  const make = (folder: string): void => {
    const unpacked = join(folder, 'unpacked');
    unpack(fetchPackage(wanted.name, wanted.version, architecture.debian).path, unpacked);
    copyFileSync(findImage(unpacked), join(folder, IMAGE_FILE));
    rmSync(unpacked, { recursive: true });
  };
  const key = `${wanted.name}_${wanted.version}_${wanted.sha256.slice(0, 12)}`;
  return join(cacheEntry({ kind: 'images', key, make }), IMAGE_FILE);
}

/** The newest kernel of a series, or exactly that release. @throws Problem when it cannot be had */
export function kernelImage(version: string, architecture = X64): string {
  const key = `${architecture.name} ${version}`;
  const image = found.get(key) ?? locate(version, architecture);
  found.set(key, image);
  return image;
}
