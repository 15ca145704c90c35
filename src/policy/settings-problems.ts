import type { ModelSettings } from './policy.ts';

export interface SettingsProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What the schema cannot say of a model's settings: members that contradict each other. */
export function settingsProblems({ input }: ModelSettings): SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  const refuse = (path: readonly (string | number)[], message: string): void => void problems.push({ path, message });

  // Black and white alike: every image would look the same to the model, and every detector would find it calm.
  if (input?.range !== undefined && input.range[0] === input.range[1]) refuse(['input', 'range'], 'Black and white have the same value.');
  const lengths = { mean: input?.mean?.length ?? 1, std: input?.std?.length ?? 1 };
  for (const key of ['mean', 'std'] as const) {
    const { [key]: length } = lengths;
    if (length > 1 && input?.channels !== undefined && length !== input.channels) {
      refuse(['input', key], `There are ${length} values for ${input.channels} channels.`);
    }
  }
  if (lengths.mean > 1 && lengths.std > 1 && lengths.mean !== lengths.std) {
    refuse(['input', 'std'], `There are ${lengths.std} values, but ${lengths.mean} in mean.`);
  }
  return problems;
}
