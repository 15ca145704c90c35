import { GateError } from '../errors.ts';
import { isDate } from '../provenance/is-date.ts';
import type { LockEntry } from '../provenance/lockfile.ts';

export interface ApprovalOptions {
  readonly approvedBy?: string;
  readonly approvedAt?: string;
}

/** Who approves and when, as the command line says; today where it names somebody and no date. Throws `arguments/invalid` for what no lockfile may hold. */
export function approvalOfOptions({ approvedBy, approvedAt }: ApprovalOptions): Pick<LockEntry, 'approvedBy' | 'approvedAt'> {
  if (approvedBy === '') throw new GateError({ code: 'arguments/invalid', message: '--approved-by is empty.', nextStep: 'Name who approves, or leave it out.' });
  if (approvedAt !== undefined && !isDate(approvedAt)) {
    throw new GateError({ code: 'arguments/invalid', message: `--approved-at is "${approvedAt}", which is not a date.`, nextStep: 'Give one such as 2025-01-31 or 2025-01-31T12:00:00Z.' });
  }
  const at = approvedAt ?? (approvedBy === undefined ? undefined : new Date().toISOString().slice(0, 10));
  return { ...(approvedBy === undefined ? {} : { approvedBy }), ...(at === undefined ? {} : { approvedAt: at }) };
}
