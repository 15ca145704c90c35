import type { Detector, Reference, Severity } from '../detectors/detector.ts';
import { GateError } from '../errors.ts';
import { DATASET_SOURCE_MESSAGES } from '../provenance/dataset-source-messages.ts';
import { TRUSTED_SOURCE_MESSAGES } from '../provenance/trusted-source-messages.ts';
import { GATE_RULES } from './gate-rules.ts';
import { nearest } from './nearest.ts';
import type { ResolvedPolicy } from './policy.ts';

export interface RuleExplanation {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** What a finding of the rule says; places in braces are filled from what was seen. */
  readonly text: string;
  readonly nextStep: string;
  readonly references: readonly Reference[];
  readonly limitations: readonly string[];
  /** Page in the repository. */
  readonly docs: string;
}

export interface RuleRegistries {
  readonly detectors: readonly Detector[];
  /** To explain the policy author's own rules as well. */
  readonly policy?: Pick<ResolvedPolicy, 'rules' | 'source'>;
}

/** Every rule that a finding can name, by id, in a stable order. */
export function allRules({ detectors, policy }: RuleRegistries): ReadonlyMap<string, RuleExplanation> {
  const rules = [
    ...detectors.flatMap(({ meta }) =>
      Object.entries(meta.messages).map(([id, { severity, title, text, nextStep }]) => ({
        id: `${meta.id}/${id}`,
        title,
        severity,
        text,
        nextStep,
        references: meta.references,
        limitations: meta.limitations,
        docs: `docs/detectors/${meta.id}.md`,
      })),
    ),
    ...Object.entries(TRUSTED_SOURCE_MESSAGES).map(([id, message]) => plain(`trusted-source/${id}`, message, 'docs/reference/rules.md')),
    ...Object.entries(DATASET_SOURCE_MESSAGES).map(([id, message]) => plain(`dataset-source/${id}`, message, 'docs/datasets.md')),
    ...Object.entries(GATE_RULES).map(([id, message]) => plain(id, message, 'docs/policy.md')),
    ...(policy === undefined ? [] : ownRules(policy)),
  ];
  return new Map(rules.map((one) => [one.id, one]));
}

/** What a rule means and what to do about it. Throws `arguments/invalid` that names the nearest rule when there is none. */
export function explainRule(id: string, registries: RuleRegistries): RuleExplanation {
  const rules = allRules(registries);
  const found = rules.get(id);
  if (found !== undefined) return found;
  const near = nearest(id, rules.keys());
  const siblings = [...rules.keys()].filter((one) => one.startsWith(`${id.split('/', 1)[0] ?? ''}/`));
  throw new GateError({
    code: 'arguments/invalid',
    message: `There is no rule ${JSON.stringify(id)}.${near === undefined ? '' : ` Did you mean "${near}"?`}`,
    nextStep:
      near === undefined && siblings.length > 0
        ? `Take one of ${siblings.join(', ')}.`
        : 'Take the rule from a finding, or from docs/reference/rules.md, which lists them all.',
  });
}

function plain(
  id: string,
  { title, severity, text, nextStep }: Pick<RuleExplanation, 'title' | 'severity' | 'text' | 'nextStep'>,
  docs: string,
): RuleExplanation {
  return { id, title, severity, text, nextStep, references: [], limitations: [], docs };
}

function ownRules({ rules, source }: Pick<ResolvedPolicy, 'rules' | 'source'>): RuleExplanation[] {
  return rules.flatMap((rule) =>
    'when' in rule
      ? [
          plain(
            `policy/${rule.id}`,
            {
              title: `Detectors agree (rule ${rule.id} of ${source})`,
              severity: 'medium',
              text: 'Several detectors together reach what this rule of the policy asks for.',
              nextStep: 'Look at what each of them saw. The rule stands in the policy, not in modelgate.',
            },
            'docs/policy.md',
          ),
        ]
      : [],
  );
}
