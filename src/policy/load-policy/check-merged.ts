import type { Problem } from '../document-error.ts';
import type { CombinationRule, ResolvedDetector } from '../policy.ts';
import type { LoadedDocument, MergedDocument } from './policy-document.ts';

/**
 * Rules that can never hold because detectors they need are switched off: a policy that says less than it seems to.
 * By file, the last one first, since that is the one its author is looking at.
 */
export function checkMerged(
  merged: MergedDocument,
  chain: readonly LoadedDocument[],
  detectors: readonly ResolvedDetector[],
): { readonly file: string; readonly problems: readonly Problem[] }[] {
  const enabled = new Set(detectors.map((one) => one.id));
  const byFile = new Map<string, Problem[]>();
  for (const rule of merged.rules) {
    if (!('when' in rule)) continue;
    const { needed, members } = demandOf(rule);
    const off = members.filter((id) => !enabled.has(id));
    if (members.length - off.length >= needed) continue;

    const home = chain.findLast((one) => one.content.rules?.some((other) => other.id === rule.id));
    const index = home?.content.rules?.findIndex((other) => other.id === rule.id) ?? -1;
    if (home === undefined) continue;
    const path = ['rules', index, 'when'];
    const message = `The rule "${rule.id}" can never hold: ${off.join(', ')} ${off.length === 1 ? 'is' : 'are'} not enabled.`;
    const problems = byFile.get(home.text.file) ?? [];
    byFile.set(home.text.file, [...problems, { ...home.text.positionOf(path, 'value'), path, message }]);
  }
  return [...byFile].map(([file, problems]) => ({ file, problems })).reverse();
}

function demandOf({ when }: CombinationRule): { readonly needed: number; readonly members: readonly string[] } {
  if ('any' in when) return { needed: 1, members: when.any };
  if ('all' in when) return { needed: when.all.length, members: when.all };
  if ('of' in when) return { needed: when.atLeast, members: when.of };
  return { needed: 1, members: Object.keys(when.weights) };
}
