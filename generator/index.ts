/**
 * `ringsmith/generator`: the generator for programs.
 */
export { type Clang, loadClang } from './clang/index.js';
export { extractContract, type KernelContract, type SourceTree } from './contract/index.js';
export { type Coverage, type CoverageRow, compareCoverage } from './coverage/compare.js';
export { headerItems, type Item } from './coverage/items.js';
export { type ExportedOperation, type PackageExports, readPackage } from './coverage/package-exports.js';
export type { DiffReport } from './diff/formats.js';
export { type Change, diffFacts, diffKernels } from './diff/index.js';
export type { GeneratedFile } from './emit/files.js';
export { type EmitOptions, emitPackage } from './emit/package.js';
export { findDrift, writeFiles } from './emit/writer.js';
export { contractFor } from './kernels/choose-contract.js';
export { contractVersions, loadContract } from './kernels/contracts.js';
export { parseHeaderFile } from './kernels/header-file.js';
export { loadHistory } from './kernels/history.js';
export { withLibc } from './kernels/libc.js';
export { loadSnapshot, type Snapshot, snapshotVersions } from './kernels/snapshot.js';
export type { Model } from './model/model.js';
export { type HeaderFacts, parseHeader } from './parse/index.js';
export { generateFiles, type History, type KernelInput, modelOf } from './pipeline.js';
export { formatProblem, Problem, type ProblemDetails } from './problem.js';
