/** Names of the objects in memory that a request has one of. */
export const REQUEST = 'req';
export const ENTRY = 'sqe';
export const RING = 'ctx';
export const ASYNC = 'async';
/** Memory that a field of the SQE points to; the field's name follows. */
export const USER = 'user ';
/** The request's command area, seen as the record of one command; the record's name follows. */
export const COMMAND = `${REQUEST}.`;
