import { appendFile } from 'node:fs/promises';

/** Lines written at a time. */
const CHUNK_LINES = 10_000;

/** Appends values to a file of the gate's own, a line of JSON each. The file is there afterwards, also when there are none. */
export async function appendLines(file: string, values: AsyncIterable<unknown>): Promise<void> {
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    await appendFile(file, lines.join(''));
    lines = [];
  };
  for await (const value of values) {
    lines.push(`${JSON.stringify(value)}\n`);
    if (lines.length >= CHUNK_LINES) await flush();
  }
  await flush();
}
