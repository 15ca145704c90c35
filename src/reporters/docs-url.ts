const DETECTOR_DOCS = 'https://github.com/modelgate/modelgate/blob/main/docs/detectors';
const DATASET_DOCS = 'https://github.com/modelgate/modelgate/blob/main/docs/datasets.md';
const RULE_DOCS = 'https://github.com/modelgate/modelgate/blob/main/docs/reference/rules.md';

/** Families of rules that no detector owns: what the gate itself, the lockfile and the policy say. */
const WITHOUT_DETECTOR = new Set(['gate', 'policy', 'trusted-source']);

/** The page that explains a rule. Only the part before the slash is used, and only when it looks like an id. */
export function docsUrl(rule: string): string {
  const owner = rule.split('/', 1)[0] ?? '';
  if (owner === 'dataset-source') return DATASET_DOCS;
  if (WITHOUT_DETECTOR.has(owner) || !/^[a-z][a-z0-9-]{0,60}$/.test(owner)) return RULE_DOCS;
  return `${DETECTOR_DOCS}/${owner}.md`;
}
