export interface SuspectOfDetector {
  readonly detector: string;
  readonly id: string;
  readonly label?: string | undefined;
  readonly reason: string;
  /** From 1. */
  readonly rank: number;
}

export interface QuarantinedSample {
  readonly id: string;
  readonly label?: string;
  readonly detectors: readonly string[];
  readonly reasons: readonly string[];
}

/** Each suspected sample once: those that most detectors suspect first, then by the best place in any of their lists. */
export function joinSuspects(suspects: readonly SuspectOfDetector[], atLeast: number): readonly QuarantinedSample[] {
  const byId = new Map<string, SuspectOfDetector[]>();
  for (const one of suspects) {
    const known = byId.get(one.id);
    if (known === undefined) byId.set(one.id, [one]);
    else known.push(one);
  }
  return [...byId.values()]
    .filter((its) => its.length >= atLeast)
    .map((its) => ({ its, best: Math.min(...its.map(({ rank }) => rank)) }))
    .sort((left, right) => right.its.length - left.its.length || left.best - right.best || ((left.its[0]?.id ?? '') < (right.its[0]?.id ?? '') ? -1 : 1))
    .map(({ its }) => {
      const label = its.find((one) => one.label !== undefined)?.label;
      return { id: its[0]?.id ?? '', ...(label === undefined ? {} : { label }), detectors: its.map(({ detector }) => detector), reasons: its.map(({ reason }) => reason) };
    });
}
