import { GateError } from '../../errors.ts';
import type { TrainingLog } from '../../model/dataset.ts';

export type LogRow = ReadonlyMap<string, unknown>;

const EPOCHS = ['epoch', 'step', 'iteration', 'global_step'] as const;
const IDS = ['id', 'sample', 'sample_id', 'index', 'path', 'file'] as const;
const LOSSES = ['loss', 'sample_loss', 'value'] as const;
const NORMS = ['gradient_norm', 'grad_norm'] as const;

/** Losses of single samples: 200 epochs of 500,000 samples, 400 MB (CWE-770). */
const MAX_LOSSES = 100_000_000;
const MAX_SCALARS = 1000;

interface SampleRow {
  readonly epoch: number;
  readonly id: string;
  readonly loss: number;
  readonly norm: number | undefined;
}

/** A training log out of the rows of a table. Throws `dataset/invalid` where they have neither losses nor steps. */
export async function logOfRows(rows: AsyncIterable<LogRow>, name: string): Promise<TrainingLog> {
  const scalars = new Map<string, { steps: number[]; values: number[] }>();
  const losses: SampleRow[] = [];
  let position = 0;
  for await (const row of rows) {
    const [epochName, idName, lossName, normName] = [EPOCHS, IDS, LOSSES, NORMS].map((names) => names.find((one) => row.has(one)));
    const epoch = numberAt(row, epochName) ?? position;
    const id = idName === undefined ? undefined : row.get(idName);
    const loss = numberAt(row, lossName);
    position += 1;
    if ((typeof id === 'string' || typeof id === 'number') && loss !== undefined) {
      if (losses.length >= MAX_LOSSES) throw invalid(name, `it has more than ${String(MAX_LOSSES)} losses`);
      losses.push({ epoch, id: String(id), loss, norm: numberAt(row, normName) });
      continue;
    }
    for (const [key, value] of row) {
      if (key === epochName || typeof value !== 'number') continue;
      const kept = scalars.get(key) ?? { steps: [], values: [] };
      if (scalars.size >= MAX_SCALARS && !scalars.has(key)) continue;
      scalars.set(key, kept);
      kept.steps.push(epoch);
      kept.values.push(value);
    }
  }
  if (losses.length === 0 && scalars.size === 0) throw invalid(name, 'it has neither losses of samples nor numbers over time');
  return {
    scalars: new Map([...scalars].map(([key, { steps, values }]) => [key, { steps: Float64Array.from(steps), values: Float64Array.from(values) }])),
    ...(losses.length === 0 ? {} : { sampleLosses: sampleLosses(losses, name) }),
  };
}

function sampleLosses(rows: readonly SampleRow[], name: string): NonNullable<TrainingLog['sampleLosses']> {
  const epochs = [...new Set(rows.map(({ epoch }) => epoch))].sort((left, right) => left - right);
  const ids = [...new Set(rows.map(({ id }) => id))];
  if (epochs.length * ids.length > MAX_LOSSES) throw invalid(name, `${String(epochs.length)} epochs of ${String(ids.length)} samples are too many`);
  const [epochAt, idAt] = [new Map(epochs.map((one, index) => [one, index])), new Map(ids.map((one, index) => [one, index]))];
  const losses = new Float32Array(epochs.length * ids.length).fill(NaN);
  const norms = rows.some(({ norm }) => norm !== undefined) ? new Float32Array(losses.length).fill(NaN) : undefined;
  for (const { epoch, id, loss, norm } of rows) {
    const at = (epochAt.get(epoch) ?? 0) * ids.length + (idAt.get(id) ?? 0);
    losses[at] = loss;
    if (norms !== undefined && norm !== undefined) norms[at] = norm;
  }
  return { epochs, ids, losses, ...(norms === undefined ? {} : { gradientNorms: norms }) };
}

function numberAt(row: LogRow, name: string | undefined): number | undefined {
  const value = name === undefined ? undefined : row.get(name);
  return typeof value === 'number' ? value : undefined;
}

function invalid(name: string, message: string): GateError {
  return new GateError({ code: 'dataset/invalid', message: `The training log ${name} cannot be used: ${message}.`, where: { artifact: name }, nextStep: 'Write a CSV with the columns epoch, id and loss.' });
}
