import { detectors } from '../detectors/index.ts';
import type { Reference, Severity } from '../detectors/detector.ts';
import { GATE_RULES } from '../policy/gate-rules.ts';
import { TRUSTED_SOURCE_MESSAGES } from '../provenance/trusted-source-messages.ts';

/** All that is known about a rule; what reporters, `explain` and the docs say comes from here. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly text: string;
  readonly meaning?: string;
  readonly nextStep: string;
  readonly references: readonly Reference[];
  readonly limitations: readonly string[];
}

/** Every rule a finding can name, except the policy author's own `policy/<rule id>`. */
export function ruleCatalog(): ReadonlyMap<string, Rule> {
  const rules: Rule[] = [
    ...detectors.flatMap(({ meta }) =>
      Object.entries(meta.messages).map(([id, message]) => ({
        id: `${meta.id}/${id}`,
        title: message.title,
        severity: message.severity,
        text: message.text,
        nextStep: message.nextStep,
        meaning: meta.description,
        references: meta.references,
        limitations: meta.limitations,
      })),
    ),
    ...ownRules('trusted-source', TRUSTED_SOURCE_MESSAGES),
    ...ownRules('gate', GATE_RULES),
  ];
  return new Map(rules.map((rule) => [rule.id, rule]));
}

type Messages = Readonly<Record<string, { readonly severity: Severity; readonly title: string; readonly text: string; readonly nextStep: string }>>;

function ownRules(group: string, messages: Messages): Rule[] {
  return Object.entries(messages).map(([key, message]) => ({
    id: key.startsWith(`${group}/`) ? key : `${group}/${key}`,
    title: message.title,
    severity: message.severity,
    text: message.text,
    nextStep: message.nextStep,
    references: [],
    limitations: [],
  }));
}
