import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { GateError } from '../../errors.ts';
import type { SuspectOfDetector } from './join-suspects.ts';

/** The suspects in a file of scores. It was written by the process that parsed the dataset, so nothing in it is taken on trust. */
export async function readScores(file: string): Promise<readonly SuspectOfDetector[]> {
  if ((await stat(file).catch(() => undefined)) === undefined) return [];
  const suspects: SuspectOfDetector[] = [];
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    const { detector, id, label, rank, reason } = parse(line);
    if (rank === undefined) continue;
    if (typeof detector !== 'string' || typeof id !== 'string' || typeof rank !== 'number' || typeof reason !== 'string') throw damaged();
    suspects.push({ detector, id, rank, reason, ...(typeof label === 'string' ? { label } : {}) });
  }
  return suspects;
}

function parse(line: string): Partial<Record<'detector' | 'id' | 'label' | 'rank' | 'reason', unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Reported below.
  }
  throw damaged();
}

function damaged(): GateError {
  return new GateError({ code: 'detector/invalid-result', message: 'The scores that the inspection wrote are damaged.', nextStep: 'Please report this: it is a fault of modelgate.' });
}
