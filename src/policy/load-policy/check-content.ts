import { compileGlobs } from '../../artifacts/compile-globs.ts';
import { toGateError } from '../../errors.ts';
import type { Problem } from '../document-error.ts';
import type { DocumentPath, PolicyText } from '../read-document.ts';
import type { PolicyDocument } from './policy-document.ts';
import { settingsProblems } from '../settings-problems.ts';

/** What a schema cannot say of one document: globs that can match nothing, ids that stand twice, counts that cannot be reached. */
export function checkContent(content: PolicyDocument, text: PolicyText): Problem[] {
  const problems: Problem[] = [];
  const refuse = (path: DocumentPath, message: string): void => void problems.push({ ...text.positionOf(path, 'value'), path, message });
  const checkGlobs = (path: DocumentPath, globs: readonly string[] | undefined): void =>
    (globs ?? []).forEach((glob, index) => {
      const problem = globProblem(glob);
      if (problem !== undefined) refuse([...path, index], problem);
    });

  checkGlobs(['artifacts', 'include'], content.artifacts?.include);
  checkGlobs(['artifacts', 'exclude'], content.artifacts?.exclude);
  const seen = new Set<string>();
  (content.rules ?? []).forEach((rule, index) => {
    checkGlobs(['rules', index, 'artifacts'], rule.artifacts);
    if (seen.has(rule.id)) refuse(['rules', index, 'id'], `There are two rules with the id "${rule.id}" in this file.`);
    seen.add(rule.id);
    if ('when' in rule && 'atLeast' in rule.when && rule.when.atLeast > rule.when.of.length) {
      refuse(['rules', index, 'when', 'atLeast'], `The rule needs ${rule.when.atLeast} detectors and names ${rule.when.of.length}.`);
    }
  });
  (content.models ?? []).forEach((block, index) => {
    const problem = globProblem(block.match);
    if (problem !== undefined) refuse(['models', index, 'match'], problem);
    for (const { path, message } of settingsProblems(block)) refuse(['models', index, ...path], message);
  });
  (content.datasets ?? []).forEach((block, index) => {
    const problem = globProblem(block.match);
    if (problem !== undefined) refuse(['datasets', index, 'match'], problem);
  });
  return problems;
}

function globProblem(glob: string): string | undefined {
  const shown = JSON.stringify(glob);
  if (glob.startsWith('/') || /^[a-z]:/i.test(glob)) return `The glob ${shown} is absolute; globs are relative to the repository root.`;
  if (glob.split('/').includes('..')) return `The glob ${shown} leads out of the repository.`;
  try {
    compileGlobs([glob]);
    return undefined;
  } catch (thrown) {
    return toGateError(thrown).message;
  }
}
