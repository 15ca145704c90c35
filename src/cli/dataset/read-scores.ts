import type { SuspectOfDetector } from './join-suspects.ts';
import { damagedLines, readInspectionLines } from './read-inspection-lines.ts';

/** The suspects in a file of scores. It was written by the process that parsed the dataset, so nothing in it is taken on trust. */
export async function readScores(file: string): Promise<readonly SuspectOfDetector[]> {
  const suspects: SuspectOfDetector[] = [];
  for await (const line of readInspectionLines(file)) {
    if (typeof line !== 'object' || line === null) throw damagedLines();
    const { detector, id, label, rank, reason }: Partial<Record<'detector' | 'id' | 'label' | 'rank' | 'reason', unknown>> = line;
    if (rank === undefined) continue;
    if (typeof detector !== 'string' || typeof id !== 'string' || typeof rank !== 'number' || typeof reason !== 'string') throw damagedLines();
    suspects.push({ detector, id, rank, reason, ...(typeof label === 'string' ? { label } : {}) });
  }
  return suspects;
}
