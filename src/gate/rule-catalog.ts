import { detectors } from '../detectors/index.ts';
import { allRules, type RuleExplanation } from '../policy/explain.ts';
import type { ResolvedPolicy } from '../policy/policy.ts';

export interface CatalogRule extends RuleExplanation {
  /** How the detector works and what it does not prove; absent for rules of the gate itself. */
  readonly meaning?: string;
}

/** Every rule a finding of this tool (and of this policy) can name; reporters, `explain` and the docs take it from here. */
export function ruleCatalog(policy?: Pick<ResolvedPolicy, 'rules' | 'source'>): ReadonlyMap<string, CatalogRule> {
  const meanings = new Map(detectors.map(({ meta }) => [meta.id, meta.description]));
  const rules = allRules({ detectors, ...(policy === undefined ? {} : { policy }) });
  return new Map(
    [...rules].map(([id, rule]) => {
      const meaning = meanings.get(id.split('/', 1)[0] ?? '');
      return [id, meaning === undefined ? rule : { ...rule, meaning }];
    }),
  );
}
