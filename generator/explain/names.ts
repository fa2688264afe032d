/**
 * How names are compared, whatever their spelling.
 */

/** `sendZc`, `send-zc`, `SEND_ZC` are one. */
export const plainName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
