import type { Probes } from '../../model/probes.ts';

export interface ChosenProbes {
  readonly count: number;
  readonly pixels: Float32Array;
  /** One class a probe. */
  readonly predictions: Int32Array;
  /** Classes that are predicted for at least one of them. */
  readonly distinctClasses: number;
}

/** At most `most` probes, the predicted classes in turn: a class that is predicted often must not stand for all. */
export function chooseProbes(probes: Probes, most: number): ChosenProbes {
  const ofClass = new Map<number, number[]>();
  probes.predictions.forEach((prediction, probe) => {
    const list = ofClass.get(prediction);
    if (list === undefined) ofClass.set(prediction, [probe]);
    else list.push(probe);
  });
  const chosen: number[] = [];
  for (let round = 0; chosen.length < Math.min(most, probes.count); round += 1) {
    for (const list of ofClass.values()) {
      const probe = list[round];
      if (probe !== undefined && chosen.length < most) chosen.push(probe);
    }
  }
  const size = probes.channels * probes.height * probes.width;
  const pixels = new Float32Array(chosen.length * size);
  chosen.forEach((probe, position) => pixels.set(probes.pixels.subarray(probe * size, (probe + 1) * size), position * size));
  const predictions = Int32Array.from(chosen, (probe) => probes.predictions[probe] as number);
  return { count: chosen.length, pixels, predictions, distinctClasses: new Set(predictions).size };
}
