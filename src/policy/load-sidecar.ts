import { Type } from '@sinclair/typebox';
import { checkSchema } from './check-schema.ts';
import { documentError, type Problem } from './document-error.ts';
import type { Sidecar } from './match-settings.ts';
import { ModelSettingsSchema } from './policy.ts';
import { readDocument } from './read-document.ts';
import { settingsProblems } from './settings-problems.ts';

export const SIDECAR_SUFFIX = '.modelgate.yml';

/** Members of a policy's model block that a sidecar may not have, because they choose the evidence. */
const POLICY_ONLY = ['samples', 'baseline', 'reference'] as const;

const SidecarSchema = Type.Pick(ModelSettingsSchema, ['input', 'labels'], { additionalProperties: false });

export interface LoadSidecarRequest {
  /** Path of the artifact, relative to the root with `/`. */
  readonly artifact: string;
  /** The text of a file beside the artifact, or undefined when there is none. */
  readonly readFile: (path: string) => Promise<string | undefined>;
}

/**
 * Reads `<artifact>.modelgate.yml`, if there is one. Whoever brings a model writes its sidecar, so it may describe the
 * input and name the classes, and nothing else: chosen samples, a chosen baseline or reference could make a detector clear a model
 * that it would flag. Throws `policy/invalid` with line and column of everything else it holds.
 */
export async function loadSidecar({ artifact, readFile }: LoadSidecarRequest): Promise<Sidecar | undefined> {
  const file = `${artifact}${SIDECAR_SUFFIX}`;
  const text = await readFile(file);
  if (text === undefined) return undefined;

  const document = readDocument(text, file);
  const problems: Problem[] = checkSchema(SidecarSchema, document).map((problem) => {
    const key = POLICY_ONLY.find((one) => problem.path.length === 1 && problem.path[0] === one);
    return key === undefined ? problem : { ...problem, message: `A sidecar may not name ${key}: only the policy chooses what a model is tested with.` };
  });
  const nextStep = `Correct ${file}, or remove it: what it says can also stand in the policy's "models".`;
  if (problems.length > 0) throw documentError(problems, file, nextStep);

  const sidecar = document.value as Sidecar;
  const wrong = settingsProblems(sidecar).map((one): Problem => ({ ...document.positionOf(one.path, 'value'), ...one }));
  if (wrong.length > 0) throw documentError(wrong, file, nextStep);
  return sidecar;
}
