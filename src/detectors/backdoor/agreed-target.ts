/** What one kind of evidence says: how far it is out of the ordinary, and for which class. */
export interface Voice {
  readonly targetClass: number | undefined;
  readonly ground?: string;
  readonly surprise: number;
}

/** The class with the largest sum of surprises, and the kinds that make it up; kinds that name no class are one voice of their own. */
export function agreedTarget<Part extends Voice>(parts: readonly Part[]): { readonly targetClass: number | undefined; readonly counted: readonly Part[] } {
  const byClass = new Map<number | undefined, Part[]>();
  for (const part of [...parts].sort((a, b) => b.surprise - a.surprise)) {
    const others = byClass.get(part.targetClass) ?? [];
    // The more surprising of its ground is there already.
    const isOutdone = part.ground !== undefined && others.some(({ ground }) => ground === part.ground);
    if (part.surprise > 0 && !isOutdone) byClass.set(part.targetClass, [...others, part]);
  }
  const sumOf = (voices: readonly Part[]): number => voices.reduce((sum, { surprise }) => sum + surprise, 0);
  const [strongest] = [...byClass].sort(([, a], [, b]) => sumOf(b) - sumOf(a));
  return strongest === undefined ? { targetClass: undefined, counted: [] } : { targetClass: strongest[0], counted: strongest[1] };
}
