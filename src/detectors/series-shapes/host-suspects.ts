import { median } from '../../statistics/median.ts';
import type { RandomSource } from '../../statistics/random.ts';
import { variantWithout } from './host-features.ts';
import type { HostEvidence } from './host-evidence.ts';
import type { SeriesTable } from './series-table.ts';

/** A label is contradicted where at most this share of the samples whose rest is alike have it. */
export const CONTRADICTED = 0.25;

/** Fewer contradicted samples than that cannot tell a shape from an accident: one half finds it, the other confirms it. */
const LEAST_SUSPECTS = 6;

/** Samples that suspects are compared with; a random part of them says as much. */
const MAX_CONTROLS = 2000;
const MAX_FITTING = 1000;

/** The samples of one label that the rest speaks against, and those that they are compared with. */
export interface HostSuspects {
  readonly label: number;
  /** Labelled so, and contradicted; in random order. */
  readonly suspects: readonly number[];
  /** Labelled otherwise, and looking as little like the label. */
  readonly controls: readonly number[];
  /** The half of those labelled so whose rest speaks for it most, unless contradicted: what is a shape of the class is in them. */
  readonly fitting: readonly number[];
  /** By sample: chance that it would have this label, given what the rest looks like. */
  chanceOf(row: number): number;
  /** The same without the part of the time that a shape takes; of the whole where it takes more than can be left out. */
  chanceWithout(row: number, from: number, width: number): number;
  /** Share of the controls, and of the fitting samples, that are in these lists. */
  readonly controlShare: number;
  readonly fittingShare: number;
}

/** Of the samples with other labels at least this share has to look unlike the label, or nothing with the label could be contradicted. */
const ANSWERABLE_SHARE = 0.25;

export function isAnswerable({ chances }: HostEvidence, labels: Int32Array, classCount: number, label: number): boolean {
  let [others, unlike] = [0, 0];
  for (const [row, own] of labels.entries()) {
    if (own === label) continue;
    others += 1;
    if ((chances[row * classCount + label] as number) <= CONTRADICTED) unlike += 1;
  }
  return others < labels.length && unlike >= Math.max(LEAST_SUSPECTS, ANSWERABLE_SHARE * others);
}

export function hostSuspects({ chances, chancesWithout }: HostEvidence, { labels, length }: SeriesTable, classCount: number, label: number, random: RandomSource): HostSuspects | undefined {
  const chanceOf = (row: number): number => chances[row * classCount + label] as number;
  const [suspects, controls, fitting]: [number[], number[], number[]] = [[], [], []];
  const middle = median(Array.from(labels.keys()).filter((row) => labels[row] === label).map(chanceOf)) ?? 0;
  for (const [row, own] of labels.entries()) {
    const isContradicted = chanceOf(row) <= CONTRADICTED;
    if (isContradicted) (own === label ? suspects : controls).push(row);
    else if (own === label && chanceOf(row) >= middle) fitting.push(row);
  }
  if (suspects.length < LEAST_SUSPECTS || controls.length < LEAST_SUSPECTS) return undefined;
  const [fewControls, fewFitting] = [random.shuffle(controls).slice(0, MAX_CONTROLS), random.shuffle(fitting).slice(0, MAX_FITTING)];
  return {
    label, suspects: random.shuffle(suspects), controls: fewControls, fitting: fewFitting, chanceOf,
    chanceWithout: (row, from, width) => chancesWithout[variantWithout(from, width, length)]?.[row * classCount + label] as number,
    controlShare: fewControls.length / controls.length, fittingShare: fitting.length === 0 ? 1 : fewFitting.length / fitting.length,
  };
}
