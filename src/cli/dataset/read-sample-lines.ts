import { SAMPLE_DIGEST_DIGITS, type SampleLine } from '../../artifacts/samples-root.ts';
import { damagedLines, readInspectionLines } from './read-inspection-lines.ts';

const DIGEST = new RegExp(`^[0-9a-f]{${String(SAMPLE_DIGEST_DIGITS)}}$`);

/** The samples that an inspection process listed, each checked: they go into a manifest. */
export async function readSampleLines(file: string): Promise<readonly SampleLine[]> {
  const samples: SampleLine[] = [];
  for await (const line of readInspectionLines(file)) {
    if (!isSampleLine(line)) throw damagedLines();
    samples.push(line);
  }
  return samples;
}

function isSampleLine(value: unknown): value is SampleLine {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [id, label, digest] = value as readonly unknown[];
  return typeof id === 'string' && (label === null || typeof label === 'string') && typeof digest === 'string' && DIGEST.test(digest);
}
