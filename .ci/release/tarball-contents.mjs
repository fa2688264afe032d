/** What may be in a published tarball, by path: everything else is there by mistake. */
const EXPECTED = [
  /^package\/(package\.json|LICENSE|README\.md|CHANGELOG\.md)$/,
  /^package\/dist\/(chunks|generated|runtime|generator)\/.*\.(js|js\.map|d\.ts)$/,
  /^package\/runtime\/native\/[\w.]+\.(cc|h|gyp|gypi)$/,
  /^package\/runtime\/seccomp\/[\w.]+\.json$/,
  /^package\/generated\/native\/[\w.]+\.(cc|h)$/,
  /^package\/generated\/kernels\/[\w.]+\.json$/,
  /^package\/templates\/[\w.-]+\.hbs$/,
  /^package\/templates\/README\.md$/,
  /^package\/binaries\/linux-(x64|arm64)-(glibc|musl)\/ringsmith_\w+\.node$/,
  /^package\/ringsmith\.node$/,
];

/** @param files paths as `tar -t` lists them */
export const strangeFiles = (files) =>
  files.filter((file) => !EXPECTED.some((pattern) => pattern.test(file)));
