import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { MeasuredModel } from '../bench/zoo/measure-models.ts';
import type { Calibration } from '../src/detectors/detector.ts';
import { detectors } from '../src/detectors/index.ts';
import { logisticSlope } from '../src/statistics/logistic-slope.ts';

/**
 * Fits each detector's calibration on measured models and writes src/detectors/<id>.calibration.json.
 *
 *     npx tsx bench/zoo/index.ts DIR --json > set.json        for every set of models; --split fit for one that has splits
 *     npx tsx scripts/fit-calibration.ts NAME=set.json ... --description TEXT --date YYYY-MM-DD [--only ID]
 *
 * The midpoint is the detector's default threshold and is not fitted: it comes from reasoning and from clean models, not
 * from what separates these few best. Only the slope is fitted, with a prior; see src/statistics/logistic-slope.ts.
 */
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { description: { type: 'string' }, date: { type: 'string' }, only: { type: 'string', multiple: true } },
});
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { description, date } = flags;
if (positionals.length === 0 || description === undefined || date === undefined) {
  console.error('Usage: fit-calibration.ts NAME=set.json ... --description TEXT --date YYYY-MM-DD [--only ID]');
  process.exit(2);
}

const sets: { name: string; models: readonly MeasuredModel[] }[] = [];
for (const argument of positionals) {
  const [name = '', file = ''] = argument.split('=');
  const models = JSON.parse(await readFile(file, 'utf8')) as readonly MeasuredModel[];
  if (models.some(({ row }) => row.split === 'validation')) throw new Error(`${file} holds models kept for validation; measure with --split fit.`);
  sets.push({ name, models });
}

for (const { meta, calibration } of detectors) {
  // A detector of facts has nothing to fit.
  if (calibration === undefined) continue;
  if (flags.only !== undefined && !flags.only.includes(meta.id)) continue;
  const models = sets.flatMap((set) =>
    set.models.flatMap(({ row, digest, results }) => {
      const metric = results.find((one) => one.detector === meta.id)?.metric?.value;
      // A model the detector could not measure has no metric to fit on.
      return metric === undefined ? [] : [{ name: `${set.name}/${path.basename(row.model, '.onnx')}`, digest, backdoored: row.backdoored, metric: Number(metric.toPrecision(6)) }];
    }),
  );
  const { threshold, flaggedWhen } = meta.metric;
  const transform = calibration.transform;
  const at = (value: number): number => (transform === 'log' ? Math.log(Math.max(value, Number.MIN_VALUE)) : value);
  const side = flaggedWhen === 'above' ? 1 : -1;
  const slope = logisticSlope(models.map(({ metric, backdoored }) => ({ distance: side * (at(metric) - at(threshold)), isPositive: backdoored })));
  const fitted: Calibration = {
    method: 'logistic',
    transform,
    slope: Number(slope.toPrecision(6)),
    threshold,
    fittedOn: { description, command: `npx tsx scripts/fit-calibration.ts ${sets.map(({ name }) => `${name}=${name}.json`).join(' ')}`, date, models },
  };
  await writeFile(path.join(root, 'src/detectors', `${meta.id}.calibration.json`), `${JSON.stringify(fitted, undefined, 1)}\n`);
  console.log(`${meta.id}: slope ${fitted.slope}, ${models.filter(({ backdoored }) => backdoored).length} backdoored and ${models.filter(({ backdoored }) => !backdoored).length} clean models`);
}
