import type { Outcome, Verdict } from '../../report.ts';
import type { Evidence } from '../view/evidence.ts';
import type { Tone } from './paint.ts';

export interface Mark {
  readonly sign: string;
  readonly tone: Tone;
}

/** The sign says what was seen; the word beside it says what the policy made of it. */
export const EVIDENCE_MARKS: Readonly<Record<Evidence, Mark>> = {
  flagged: { sign: '✖', tone: 'red' },
  untold: { sign: '?', tone: 'magenta' },
  clear: { sign: '✔', tone: 'green' },
  none: { sign: '–', tone: 'dim' },
};

export const OUTCOME_MARKS: Readonly<Record<Outcome, Mark & { readonly words: string }>> = {
  flagged: { sign: '✖', tone: 'red', words: 'flagged' },
  clear: { sign: '·', tone: 'green', words: 'clear' },
  inconclusive: { sign: '?', tone: 'magenta', words: 'could not tell' },
  error: { sign: '!', tone: 'magenta', words: 'could not tell (error)' },
  'not-applicable': { sign: '–', tone: 'dim', words: 'not applicable' },
};

export const VERDICT_MARKS: Readonly<Record<Verdict, Mark & { readonly word: string }>> = {
  fail: { sign: '✖', tone: 'red', word: 'FAIL' },
  warn: { sign: '▲', tone: 'yellow', word: 'WARN' },
  pass: { sign: '✔', tone: 'green', word: 'pass' },
};
