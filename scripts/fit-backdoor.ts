import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { MeasuredModel } from '../bench/zoo/measure-models.ts';
import { combineEvidence, excessOf, type EvidenceModel, type EvidenceRegime, type EvidenceTerm } from '../src/detectors/backdoor/combine-evidence.ts';
import type { Result } from '../src/report.ts';
import { nonNegativeLogistic, type LabeledRow } from '../src/statistics/non-negative-logistic.ts';
import { quantile } from '../src/statistics/quantile.ts';
import { rocAuc } from '../src/statistics/roc-auc.ts';

/**
 * Fits the combination of all evidence and writes src/detectors/backdoor.model.json.
 *
 *     npx tsx bench/zoo/index.ts DIR --json > set.json        for every set of models, with and without --no-samples
 *     npx tsx scripts/fit-backdoor.ts --samples NAME=set.json ... --no-samples NAME=set.json ... --description TEXT --date YYYY-MM-DD
 *
 * Floors are what nine in ten clean models stay below, ceilings what three in four backdoored ones do not reach; weights are
 * fitted with a ridge chosen beforehand. Rows that were never used for fitting must not be passed here.
 */
const { values: flags } = parseArgs({
  options: {
    samples: { type: 'string', multiple: true, default: [] },
    'no-samples': { type: 'string', multiple: true, default: [] },
    description: { type: 'string' }, date: { type: 'string' },
  },
});
const { description, date } = flags;
if (description === undefined || date === undefined || flags.samples.length === 0 || flags['no-samples'].length === 0) {
  console.error('Usage: fit-backdoor.ts --samples NAME=set.json ... --no-samples NAME=set.json ... --description TEXT --date YYYY-MM-DD');
  process.exit(2);
}

const CLEAN_QUANTILE = 0.9;
const BACKDOORED_QUANTILE = 0.75;
/** Strong: some dozens of models carry a dozen weights. */
const RIDGE = 0.02;
/** Clean models that may be beyond log odds 0 when they were left out of the fit. */
const CLEAN_BELOW = 0.97;
const FOLDS = 10;

type Source = Pick<EvidenceTerm, 'name' | 'detector' | 'measurement' | 'kind'>;
const SHARED: readonly Source[] = [
  { name: 'lead of one class under an added picture', detector: 'universal-perturbation', measurement: 'metric', kind: 'an added picture' },
  { name: 'margin lead under an added picture', detector: 'universal-perturbation', measurement: 'margin lead', kind: 'an added picture' },
  { name: 'ratio of masks', detector: 'trigger-inversion', measurement: 'mask lead', kind: 'a pattern under a mask' },
  { name: 'lead under waves', detector: 'trigger-inversion', measurement: 'stripes lead', kind: 'waves or stripes' },
  { name: 'margin lead under waves', detector: 'trigger-inversion', measurement: 'stripes margin lead', kind: 'waves or stripes' },
  { name: 'lead under a color change', detector: 'trigger-inversion', measurement: 'color lead', kind: 'a color or tone change' },
  { name: 'margin lead under a color change', detector: 'trigger-inversion', measurement: 'color margin lead', kind: 'a color or tone change' },
  { name: 'lead under a warp', detector: 'trigger-inversion', measurement: 'warp lead', kind: 'a warp' },
  { name: 'margin lead under a warp', detector: 'trigger-inversion', measurement: 'warp margin lead', kind: 'a warp' },
  { name: 'consistent spread of classes', detector: 'universal-mask', measurement: 'metric', kind: 'one change that permutes the classes' },
  { name: 'ratio of margins', detector: 'maximum-margin', measurement: 'metric', kind: 'an outstanding margin' },
  { name: 'outlying weights', detector: 'output-layer-outlier', measurement: 'metric', kind: 'outlying weights of one class' },
];
const WITH_SAMPLES: readonly Source[] = [
  ...SHARED,
  { name: 'selectivity of a known trigger', detector: 'adversarial-testing', measurement: 'metric', kind: 'a trigger of the library' },
  { name: 'selective low entropy', detector: 'perturbation-entropy', measurement: 'metric', kind: 'a trigger of the library' },
];
const NEEDED = ['trigger-inversion', 'universal-perturbation', 'universal-mask', 'maximum-margin'];

interface Example {
  readonly name: string;
  readonly digest: string;
  readonly backdoored: boolean;
  readonly results: readonly Result[];
}

async function examplesOf(given: readonly string[]): Promise<readonly Example[]> {
  const all: Example[] = [];
  for (const argument of given) {
    const [set = '', file = ''] = argument.split('=');
    for (const { row, digest, results } of JSON.parse(await readFile(file, 'utf8')) as readonly MeasuredModel[]) {
      if (row.split === 'validation') throw new Error(`${file} holds ${row.model}, a validation model: fitting on it would make its figures worthless.`);
      all.push({ name: `${set}/${path.basename(row.model, '.onnx')}`, digest, backdoored: row.backdoored, results });
    }
  }
  return all;
}

function valueIn(results: readonly Result[], source: Source): number | undefined {
  const regime = { intercept: 0, needed: [], terms: [{ ...source, floor: -Infinity, ceiling: Infinity, weight: 0 }] };
  return combineEvidence(regime, results).parts[0]?.value;
}

function fit(examples: readonly Example[], sources: readonly Source[]): EvidenceRegime {
  const terms = sources.map((source): EvidenceTerm => {
    const values = (backdoored: boolean): number[] => examples.filter((one) => one.backdoored === backdoored).flatMap(({ results }) => valueIn(results, source) ?? []);
    const floor = quantile(values(false), CLEAN_QUANTILE) ?? 0;
    const ceiling = Math.max(quantile(values(true), BACKDOORED_QUANTILE) ?? 0, floor + 0.25 * Math.abs(floor) + 0.1);
    return { ...source, floor: rounded(floor), ceiling: rounded(ceiling), weight: 0 };
  });
  // Columns between 0 and 1, so that one ridge fits all.
  const rows = examples.map(({ results, backdoored }): LabeledRow => ({
    isPositive: backdoored,
    values: terms.map((term) => {
      const value = valueIn(results, term);
      return value === undefined ? 0 : excessOf(term, value) / (term.ceiling - term.floor);
    }),
  }));
  const { intercept, weights } = nonNegativeLogistic(rows, RIDGE);
  return { intercept: rounded(intercept), needed: NEEDED, terms: terms.map((term, index) => ({ ...term, weight: rounded((weights[index] ?? 0) / (term.ceiling - term.floor)) })) };
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}

/** Log odds of every example from a fit that did not see it. */
function crossValidated(examples: readonly Example[], sources: readonly Source[]): readonly number[] {
  const odds = new Array<number>(examples.length).fill(0);
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const regime = fit(examples.filter((_, index) => index % FOLDS !== fold), sources);
    examples.forEach(({ results }, index) => {
      if (index % FOLDS === fold) odds[index] = combineEvidence(regime, results).logOdds;
    });
  }
  return odds;
}

function fitRegime(name: string, examples: readonly Example[], sources: readonly Source[]): EvidenceRegime {
  const regime = fit(examples, sources);
  const odds = crossValidated(examples, sources);
  const of = (backdoored: boolean): number[] => odds.filter((_, index) => examples[index]?.backdoored === backdoored);
  // Clean models are what a gate mostly sees: the threshold is where few of those left out are beyond.
  const shift = Math.max(0, quantile(of(false), CLEAN_BELOW) ?? 0);
  const ranking = rocAuc(of(true), of(false));
  const share = (values: readonly number[]): string => `${values.filter((value) => value > shift).length} of ${values.length}`;
  console.log(`${name}: cross-validated AUC ${ranking?.auc.toFixed(3) ?? '-'}, detected ${share(of(true))}, false positives ${share(of(false))}, intercept lowered by ${shift.toFixed(2)}`);
  for (const { name: term, floor, ceiling, weight } of regime.terms) console.log(`  ${term.padEnd(44)} ${floor} to ${ceiling}: ${weight} (at most ${(weight * (ceiling - floor)).toFixed(2)})`);
  return { ...regime, intercept: rounded(regime.intercept - shift) };
}

const [withSamples, withoutSamples] = [await examplesOf(flags.samples), await examplesOf(flags['no-samples'])];
const model: EvidenceModel = {
  withSamples: fitRegime('with samples', withSamples, WITH_SAMPLES),
  withoutSamples: fitRegime('without samples', withoutSamples, SHARED),
  fittedOn: {
    description, date,
    command: 'npx tsx scripts/fit-backdoor.ts --samples NAME=set.json ... --no-samples NAME=set.json ...',
    models: withSamples.map(({ name, digest, backdoored }) => ({ name, digest, backdoored })),
  },
};
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
await writeFile(path.join(root, 'src/detectors/backdoor.model.json'), `${JSON.stringify(model, undefined, 1)}\n`);
