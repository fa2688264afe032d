/** What a look at the machine finds, and what to do about it. */

/** `failed`: no ring can run; `warning` costs something; `info` is only told. */
export interface Finding {
  readonly subject: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'info';
  readonly detail: string;
  readonly remedy?: string;
}
