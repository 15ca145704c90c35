import type { Outcome, Verdict } from '../../report.ts';
import type { Evidence } from '../view/evidence.ts';

/** A sign never stands without its word: screen readers, grey printing and colour blindness lose nothing. */
export const VERDICT_SIGNS: Readonly<Record<Verdict, { readonly sign: string; readonly word: string }>> = {
  fail: { sign: '❌', word: 'fail' },
  warn: { sign: '⚠️', word: 'warn' },
  pass: { sign: '✅', word: 'pass' },
};

export const EVIDENCE_SIGNS: Readonly<Record<Evidence, string>> = { flagged: '🚩', untold: '❔', clear: '✅', none: '➖' };

export const OUTCOME_SIGNS: Readonly<Record<Outcome, { readonly sign: string; readonly word: string }>> = {
  flagged: { sign: '🚩', word: '**flagged**' },
  clear: { sign: '', word: 'clear' },
  inconclusive: { sign: '❔', word: '*could not tell*' },
  error: { sign: '❔', word: '*could not tell (error)*' },
  'not-applicable': { sign: '', word: 'n/a' },
};
