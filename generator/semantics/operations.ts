/**
 * What the kernel's source does not say of its operations, by opcode. An opcode without a row gets a builder from its
 * contract alone, so nothing here is needed before an opcode works.
 */
import { files } from './operations/files.js';
import { paths } from './operations/paths.js';
import { ring } from './operations/ring.js';
import { sockets } from './operations/sockets.js';
import { transfer } from './operations/transfer.js';
import { waiting } from './operations/waiting.js';
import type { OperationRows } from './row.js';

export const operations: OperationRows = {
  ...ring,
  ...transfer,
  ...files,
  ...paths,
  ...sockets,
  ...waiting,
};
