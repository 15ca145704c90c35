import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { GateError } from '../../errors.ts';

/** Ten million samples with ids of a hundred characters; what is longer was not written by code of ours (CWE-770). */
const MAX_LINES_BYTES = 2 ** 31;

/** An id, a label and a reason: a path of 4,096 bytes, escaped, fits several times. */
const MAX_LINE_CHARACTERS = 2 ** 20;

/**
 * The lines of JSON that an inspection process wrote into a file; none where there is no file. It parsed the dataset, so nothing in
 * them is taken on trust: what is no JSON or too long is `detector/invalid-result`, and what the values are is for the caller to check.
 */
export async function* readInspectionLines(file: string): AsyncGenerator<unknown> {
  const facts = await stat(file).catch(() => undefined);
  if (facts === undefined) return;
  if (facts.size > MAX_LINES_BYTES) throw damagedLines();
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    if (line.length > MAX_LINE_CHARACTERS) throw damagedLines();
    yield parse(line);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw damagedLines();
  }
}

export function damagedLines(): GateError {
  return new GateError({ code: 'detector/invalid-result', message: 'What the inspection wrote of the samples is damaged.', nextStep: 'Please report this: it is a fault of modelgate.' });
}
