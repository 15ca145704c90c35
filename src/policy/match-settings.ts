import { compileGlobs } from '../artifacts/compile-globs.ts';
import type { ModelBlock, ModelSettings } from './policy.ts';

export interface MatchedSettings {
  readonly settings: ModelSettings;
  /** Where `settings.input` comes from; without one, where anything comes from. */
  readonly origin: 'policy' | 'sidecar' | 'none';
  /** What the sidecar says and the policy overrules, in sentences for the report. */
  readonly notes: readonly string[];
}

/**
 * What is known of an artifact by its path, or by the paths that can mean it. All blocks of the policy whose glob matches are merged, later over earlier, the input
 * member by member. A sidecar, which whoever brings the model writes, only fills what the policy leaves open: its
 * input counts as a whole and only when no block describes the input, its labels only when no block lists them.
 */
export function matchSettings(paths: string | readonly string[], models: readonly ModelBlock[], sidecar?: Sidecar): MatchedSettings {
  const blocks = models.filter((one) => [paths].flat().some(compileGlobs([one.match]))).map(({ match: _, ...settings }) => settings);
  const fromPolicy = blocks.reduce<ModelSettings>(mergeSettings, {});
  const isSidecarInput = sidecar?.input !== undefined && fromPolicy.input === undefined;
  const overruled = (['input', 'labels'] as const).filter((key) => sidecar?.[key] !== undefined && fromPolicy[key] !== undefined);
  const settings = { ...sidecar, ...fromPolicy };
  return {
    settings,
    origin: isSidecarInput ? 'sidecar' : blocks.length > 0 ? 'policy' : sidecar === undefined ? 'none' : 'sidecar',
    notes: overruled.map((key) => `The sidecar’s ${key} is not used: the policy says what it is.`),
  };
}

/** What a sidecar may say: how the input is made and what the classes are called; see load-sidecar.ts. */
export type Sidecar = Pick<ModelSettings, 'input' | 'labels'>;

function mergeSettings(earlier: ModelSettings, later: ModelSettings): ModelSettings {
  const input = { ...earlier.input, ...later.input };
  return { ...earlier, ...later, ...(Object.keys(input).length === 0 ? {} : { input }) };
}
