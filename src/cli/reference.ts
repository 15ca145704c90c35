import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { openFileSource } from '../artifacts/file-source.ts';
import { findArtifacts } from '../artifacts/find-artifacts.ts';
import { isInside } from '../artifacts/is-inside.ts';
import { writeAtomically } from '../artifacts/write-atomically.ts';
import { sha256Of } from '../artifacts/digest.ts';
import { referenceNeighbours } from '../detectors/reference-neighbours.ts';
import { weightTensorFeatures } from '../detectors/weight-tensor-features.ts';
import { GateError } from '../errors.ts';
import { readModel } from '../inspection/read-model.ts';
import type { Decomposition, ReferenceClassifier } from '../model/reference-set.ts';
import type { Model } from '../model/model.ts';
import { buildReference, DECOMPOSITIONS, REFERENCE_CLASSIFIERS, type ValidationRow } from '../reference/build-reference.ts';
import { FOLDS } from '../reference/cross-validate.ts';
import { readLabels } from '../reference/read-labels.ts';
import { MAX_PROJECTION_LENGTH, MIN_PROJECTION_LENGTH, type ReferenceFile } from '../reference/reference-file.ts';
import type { CliContext } from './context.ts';
import { printable } from './printable.ts';

interface BuildOptions {
  readonly labels: string;
  readonly output: string;
  readonly decomposition: Decomposition;
  readonly classifier: ReferenceClassifier;
  readonly projectionLength: string;
  readonly varianceKept: string;
  readonly seed: string;
  readonly compare: boolean;
}

/** `modelgate reference`: files of known models that detectors compare with. */
export function addReferenceCommand(program: Command, context: CliContext): void {
  const reference = program.command('reference').description('Make files of known models that detectors compare with.');
  reference
    .command('build')
    .description('Project the weights of known models of one architecture and say how well clean and backdoored ones are told apart.')
    .argument('<folder>', 'folder of the models')
    .requiredOption('--labels <file>', 'JSON: which models of the folder are clean and which are backdoored (required)')
    .option('--output <file>', 'where to write the reference', 'modelgate.reference.json')
    .addOption(new Option('--decomposition <name>', 'how features are taken out of the weights').choices(DECOMPOSITIONS).default('parafac2'))
    .addOption(new Option('--classifier <name>', 'what tells the two kinds apart').choices(REFERENCE_CLASSIFIERS).default('support-vector-machine'))
    .option('--projection-length <count>', 'numbers each layer’s weights are projected to', '2000')
    .option('--variance-kept <share>', 'share of the variance that principal components keep', '0.9')
    .option('--seed <number>', 'of the projection and of the division into folds', '0')
    .option('--no-compare', 'measure the chosen decomposition and classifier only')
    .action(async (given: string, options: BuildOptions) => {
      const folder = await folderOf(context.cwd, given);
      const labels = readLabels(await text(path.resolve(context.cwd, options.labels), options.labels), path.basename(options.labels));
      const settings = settingsOf(options);
      let shown = -1;
      const { file, rows } = await buildReference({
        models: labels,
        open: (model) => open(folder, model, context.signal),
        settings,
        compare: options.compare ? { decompositions: DECOMPOSITIONS, classifiers: REFERENCE_CLASSIFIERS } : { decompositions: [], classifiers: [] },
        signal: context.signal,
        onProgress(done, what) {
          const percent = Math.floor(100 * done);
          if (context.stderr.isTTY !== true || percent === shown) return;
          shown = percent;
          context.stderr.write(`\r\u001b[K${String(percent).padStart(3)} %  ${printable(what)}`);
        },
      });
      if (context.stderr.isTTY === true) context.stderr.write('\r\u001b[K');
      const content = `${JSON.stringify(file)}\n`;
      await writeAtomically(path.resolve(context.cwd, options.output), content);
      const unlabeled = await unlabeledModels(folder, labels.map((one) => one.path), context.signal);
      context.stdout.write(describe(options.output, content, file, rows, unlabeled));
    });
}

async function folderOf(cwd: string, given: string): Promise<string> {
  const folder = path.resolve(cwd, given);
  const isFolder = await stat(folder).then((one) => one.isDirectory(), () => false);
  if (isFolder) return folder;
  throw new GateError({ code: 'arguments/invalid', message: `There is no folder "${given}".`, nextStep: 'Give the folder that the models lie in; what is in it is said by --labels.' });
}

function settingsOf(options: BuildOptions): ReferenceFile['settings'] {
  return {
    seed: numberIn('--seed', options.seed, 0, Number.MAX_SAFE_INTEGER, true),
    projectionLength: numberIn('--projection-length', options.projectionLength, MIN_PROJECTION_LENGTH, MAX_PROJECTION_LENGTH, true),
    varianceKept: numberIn('--variance-kept', options.varianceKept, 0.01, 1, false),
    decomposition: options.decomposition,
    classifier: options.classifier,
  };
}

function numberIn(option: string, given: string, low: number, high: number, isWhole: boolean): number {
  const value = given.trim() === '' ? NaN : Number(given);
  if (value >= low && value <= high && (!isWhole || Number.isInteger(value))) return value;
  throw new GateError({ code: 'arguments/invalid', message: `${option} has to be a ${isWhole ? 'whole ' : ''}number from ${low} to ${high}, not "${given}".` });
}

async function text(file: string, called: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new GateError({ code: 'arguments/invalid', message: `The labels "${called}" could not be read.`, nextStep: 'Give a file such as { "version": 1, "models": { "first.onnx": "clean" } } with --labels.', cause });
  }
}

/** Only reads weights: nothing of a model runs, however bad it is known to be. */
async function open(folder: string, model: string, signal: AbortSignal): Promise<{ readonly model: Model; close(): Promise<void> }> {
  const file = path.join(folder, model);
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined || !isInside(await realpath(folder), real)) {
    throw new GateError({
      code: 'artifact/unreadable',
      message: `The labels name ${model}, which is not in the folder.`,
      where: { artifact: model },
      nextStep: 'Correct the labels: paths are relative to the folder.',
    });
  }
  const source = await openFileSource(real, model);
  try {
    // Of a format that is read piece by piece the weights are still in the file.
    return { model: await readModel(source, { path: model, file: real, signal }), close: () => source.close() };
  } catch (thrown) {
    await source.close();
    throw thrown;
  }
}

/** Files that end as the labeled ones do. */
async function unlabeledModels(folder: string, labeled: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const endings = new Set(labeled.map((one) => path.posix.extname(one)));
  const include = [...endings].filter((one) => /^\.\w+$/.test(one)).map((one) => `**/*${one}`);
  const { artifacts } = await findArtifacts({ root: folder, paths: ['.'], include, exclude: [], signal });
  return artifacts.filter((one) => !labeled.includes(one));
}

function describe(output: string, content: string, file: ReferenceFile, rows: readonly ValidationRow[], unlabeled: readonly string[]): string {
  const count = (label: string): number => file.models.filter((one) => one.label === label).length;
  const lines = [
    `${printable(output)}: ${count('clean')} clean and ${count('backdoored')} backdoored models, ${file.layers.length} weight tensors, ${sizeOf(content)}`,
    `  ${sha256Of(content)}`,
  ];
  if (rows.length === 0) {
    lines.push(
      '',
      `Not cross-validated: that takes at least ${FOLDS} models of either label. With clean models only, reference-neighbours is the detector to use.`,
    );
  } else {
    lines.push('', `Cross-validated on ${file.models.length} models (${FOLDS} folds, 95 % intervals):`, ...tableOf(file, rows));
    const used = rows.find((one) => isUsed(file, one));
    if (used !== undefined && !(used.validation.auc.interval.low > 0.5)) {
      lines.push('', 'The chosen features do not tell these models apart better than chance: weight-tensor-features will be inconclusive with this reference.');
    }
  }
  const short = [referenceNeighbours, weightTensorFeatures].filter(({ options }) => count('clean') < options.properties.minimumCleanModels.default);
  if (short.length > 0) {
    const needed = Math.max(...short.map(({ options }) => Number(options.properties.minimumCleanModels.default)));
    lines.push('', `A scan asks for ${needed} clean models unless the policy sets minimumCleanModels: ${short.map(({ meta }) => meta.id).join(' and ')} will be inconclusive with these ${count('clean')}.`);
  }
  if (unlabeled.length > 0) {
    const [first = '', ...others] = unlabeled;
    lines.push('', `Left out, because the labels do not name them: ${printable(first)}${others.length === 0 ? '' : ` and ${others.length} more`}`);
  }
  return `${lines.join('\n')}\n`;
}

function tableOf(file: ReferenceFile, rows: readonly ValidationRow[]): string[] {
  const figure = (value: number, low: number, high: number): string => `${value.toFixed(3)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  const cells = rows.map((row) => {
    const { accuracy, accuracyInterval, auc } = row.validation;
    return [row.decomposition, row.classifier, figure(accuracy, accuracyInterval.low, accuracyInterval.high), figure(auc.auc, auc.interval.low, auc.interval.high), isUsed(file, row) ? '← used' : ''];
  });
  const all = [['features', 'classifier', 'accuracy', 'ROC-AUC', ''], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length))) ?? [];
  return all.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

function isUsed({ settings }: ReferenceFile, row: ValidationRow): boolean {
  return row.decomposition === settings.decomposition && row.classifier === settings.classifier;
}

function sizeOf(content: string): string {
  const bytes = Buffer.byteLength(content);
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
