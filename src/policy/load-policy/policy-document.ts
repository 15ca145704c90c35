import type { PolicyText } from '../read-document.ts';
import type { CombinationRule, DatasetBlock, ModelBlock, OutcomeActions, OutcomeRule, ResolvedPolicy } from '../policy.ts';

/** A policy document as written, after it passed the schema; every member but the version is optional. */
export interface PolicyDocument {
  readonly version: 1;
  readonly id?: string;
  readonly extends?: string | readonly string[];
  readonly artifacts?: { readonly include?: readonly string[]; readonly exclude?: readonly string[] };
  readonly trustedSource?: Partial<ResolvedPolicy['trustedSource']>;
  readonly detectors?: Readonly<Record<string, DetectorBlock>>;
  readonly outcomes?: OutcomeActions;
  readonly rules?: readonly (OutcomeRule | CombinationRule)[];
  readonly models?: readonly ModelBlock[];
  readonly datasets?: readonly DatasetBlock[];
  readonly trustedData?: Partial<ResolvedPolicy['trustedData']>;
  readonly nothingToScan?: ResolvedPolicy['nothingToScan'];
  readonly unknownChanges?: ResolvedPolicy['unknownChanges'];
  readonly changedInHead?: ResolvedPolicy['changedInHead'];
  readonly unrecognized?: ResolvedPolicy['unrecognized'];
  readonly budgetSeconds?: number;
}

/** What every block may hold; the rest are the detector's own options. */
export interface DetectorBlock {
  readonly enabled?: boolean;
  readonly required?: boolean;
  readonly threshold?: { readonly metric: number } | { readonly score: number };
  readonly timeoutSeconds?: number;
  readonly [option: string]: unknown;
}

/** A document that passed the schema, with the text it stands in. */
export interface LoadedDocument {
  readonly text: PolicyText;
  readonly content: PolicyDocument;
}

/** All documents in one; a ready policy lies at the bottom and states everything, so only what has no default is absent. */
export interface MergedDocument extends Omit<ResolvedPolicy, 'digest' | 'source' | 'detectors'> {
  readonly detectors: Readonly<Record<string, DetectorBlock>>;
}
