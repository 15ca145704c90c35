import type { MergedDocument, PolicyDocument } from './policy-document.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** Members that belong to one file and say nothing about what it extends. */
const OWN_MEMBERS: readonly string[] = ['$schema', 'version', 'extends'];

/**
 * Merges policies, later over earlier: mappings member by member, lists and plain values replace. Rules, models and datasets are
 * appended, since the last that matches wins anyway; a rule takes the place of an earlier one of its id. A threshold
 * is replaced as a whole, because it is either on the metric or on the score.
 */
export function mergeDocuments(documents: readonly PolicyDocument[]): MergedDocument {
  const start: Mapping = { detectors: {}, rules: [], models: [], datasets: [], budgetSeconds: undefined };
  // The earliest document is a ready policy, which states every member of MergedDocument; a test holds them to it.
  return documents.reduce<Mapping>((merged, next) => mergeDocument(merged, next as unknown as Mapping), start) as unknown as MergedDocument;
}

function mergeDocument(base: Mapping, next: Mapping): Mapping {
  const own = Object.fromEntries(Object.entries(next).filter(([key]) => !OWN_MEMBERS.includes(key)));
  const merged = mergeMappings(base, own);
  const appended = (key: string): readonly unknown[] => [...listOf(base[key]), ...listOf(own[key])];
  return { ...merged, rules: appendRules(listOf(base['rules']), listOf(own['rules'])), models: appended('models'), datasets: appended('datasets') };
}

function mergeMappings(base: Mapping, next: Mapping): Mapping {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(next)) {
    const earlier = merged.get(key);
    const isMerged = isMapping(earlier) && isMapping(value) && key !== 'threshold';
    merged.set(key, isMerged ? mergeMappings(earlier, value) : value);
  }
  return Object.fromEntries(merged);
}

function appendRules(earlier: readonly unknown[], later: readonly unknown[]): unknown[] {
  const idOf = (rule: unknown): unknown => (isMapping(rule) ? rule['id'] : undefined);
  const replaced = new Set(later.map(idOf));
  return [...earlier.filter((rule) => !replaced.has(idOf(rule))), ...later];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
