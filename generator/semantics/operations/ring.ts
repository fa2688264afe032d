/**
 * Operations on the ring itself: its buffers, its files, other rings, and what drivers understand.
 */
import type { OperationRow, OperationRows } from '../row.js';
import { fd, optional, required } from './shared.js';

const nop: OperationRow = {
  doc: 'Does nothing, and completes: the cost of a ring by itself.',
  man: 'io_uring_enter(2)',
  fields: {
    nop_flags: optional(
      'flags',
      'IORING_NOP_* bits, since 6.10; `result` comes back with IORING_NOP_INJECT_RESULT.',
    ),
    len: optional('result', 'Result to inject.'),
    fd: optional('fd', 'A file to look up, with IORING_NOP_FILE.', { file: 'ordinary' }),
    buf_index: optional('bufIndex', 'A registered buffer to look up, with IORING_NOP_FIXED_BUFFER.'),
    off: optional('extra1', 'First word beside the completion, with IORING_NOP_CQE32.'),
    addr: optional('extra2', 'Second word beside the completion, with IORING_NOP_CQE32.'),
  },
  result: { kind: 'number', doc: '0, or the injected result.' },
  extra: '`extra1` and `extra2`, with IORING_NOP_CQE32',
};

const command: OperationRow = {
  doc: 'Hands a command to the driver of a file, which alone knows what the fields mean.',
  man: 'io_uring_prep_uring_cmd(3)',
  result: { kind: 'number', doc: 'What the driver says.' },
  extra: 'what the driver has to say beside its result, e.g. the result of an NVMe command, or a time stamp',
};

export const ring: OperationRows = {
  IORING_OP_NOP: nop,
  IORING_OP_NOP128: { ...nop, doc: 'Does nothing, in an SQE of 128 bytes.' },
  IORING_OP_MSG_RING: {
    doc: 'Posts a completion to another ring, or hands it a registered file.',
    man: 'io_uring_prep_msg_ring(3)',
    fields: {
      fd: fd('The other ring.'),
      off: optional('data', 'user_data of the completion there.'),
      // The other ring has it as the result of an operation, which negative ones are too.
      len: optional('result', 'Its result.', { signed: true }),
      msg_ring_flags: optional('flags', 'IORING_MSG_RING_* bits.'),
      addr: optional('command', 'IORING_MSG_DATA (the default), or IORING_MSG_SEND_FD.', {
        domain: 'io_uring_msg_ring_flags',
      }),
      addr3: optional('sourceSlot', 'The registered file, with IORING_MSG_SEND_FD.'),
      file_index: optional(
        'target',
        'Its slot there, counted from 1, with IORING_MSG_SEND_FD; the flags of the completion with IORING_MSG_RING_FLAGS_PASS.',
      ),
    },
    result: { kind: 'number', doc: '0, or the slot that was taken.' },
  },
  IORING_OP_FILES_UPDATE: {
    doc: 'Replaces registered files.',
    man: 'io_uring_register(2)',
    fields: {
      addr: {
        kind: 'descriptors',
        name: 'descriptors',
        count: 'len',
        doc: 'Descriptors for the slots from `offset` on; -1 empties a slot.',
      },
      // -1 is IORING_FILE_INDEX_ALLOC in as many words.
      off: optional('offset', 'The first slot; IORING_FILE_INDEX_ALLOC for free ones, which are then told.', {
        signed: true,
      }),
    },
    result: { kind: 'number', doc: 'How many files were replaced.' },
  },
  IORING_OP_FIXED_FD_INSTALL: {
    doc: 'Makes an ordinary descriptor of a registered file.',
    man: 'io_uring_prep_fixed_fd_install(3)',
    fields: {
      fd: fd('Slot of the registered file, counted from 0.'),
      install_fd_flags: optional('flags', 'IORING_FIXED_FD_NO_CLOEXEC, which `inheritable` sets.', {
        closeOnExec: { constant: 'IORING_FIXED_FD_NO_CLOEXEC', inverted: true },
      }),
    },
    result: { kind: 'descriptor', doc: 'The new file descriptor.' },
  },
  IORING_OP_PROVIDE_BUFFERS: {
    doc: 'Gives the kernel buffers of a group, for operations that leave the choice to it. The ring keeps the memory.',
    man: 'io_uring_prep_provide_buffers(3)',
    fields: {
      addr: { kind: 'memory', name: 'buffer', doc: 'Memory for all of them, one after the other.' },
      len: required('length', 'Bytes of each.'),
      fd: required('count', 'How many there are.'),
      buf_group: required('bufGroup', 'The group.'),
      off: optional('firstId', 'Identifier of the first; the others count on.'),
    },
    result: { kind: 'void' },
  },
  IORING_OP_REMOVE_BUFFERS: {
    doc: 'Takes buffers of a group back.',
    man: 'io_uring_prep_remove_buffers(3)',
    fields: {
      fd: required('count', 'The most buffers to take back.'),
      buf_group: required('bufGroup', 'The group.'),
    },
    result: { kind: 'number', doc: 'Buffers taken back.' },
  },
  IORING_OP_URING_CMD: command,
  IORING_OP_URING_CMD128: { ...command, doc: `${command.doc} Its SQE has 128 bytes.` },
};
