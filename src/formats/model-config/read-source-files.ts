import type { Artifact } from '../../artifacts/artifact.ts';
import type { ByteRange } from '../../artifacts/byte-source.ts';
import { GateError } from '../../errors.ts';
import type { CodeProgram, UnexaminedPart } from '../../model/code.ts';
import type { ReadContext } from '../format-reader.ts';
import { MAX_SOURCE_BYTES, readSource } from '../python/read-source.ts';
import { readText } from '../text/read-text.ts';

/** Python files that one model brings; the most that a published one has is some twenty. */
const MAX_FILES = 100;

export interface SourceFiles {
  readonly programs: readonly CodeProgram[];
  readonly unexamined: readonly UnexaminedPart[];
  readonly companions: readonly Artifact[];
}

/** The Python files beside a configuration that hold the modules it names, and the ones they import from beside themselves. */
export async function readSourceFiles(modules: readonly { readonly name: string; readonly range: ByteRange }[], context: ReadContext): Promise<SourceFiles> {
  const programs: CodeProgram[] = [];
  const unexamined: UnexaminedPart[] = [];
  const companions: Artifact[] = [];
  const queue = [...modules];
  const seen = new Set(queue.map(({ name }) => name));
  for (const { name, range } of queue) {
    if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the configuration was cancelled.' });
    const file = `${name.replaceAll('.', '/')}.py`;
    if (companions.length >= MAX_FILES) {
      unexamined.push({ range, reason: `The model brings more than ${String(MAX_FILES)} Python files` });
      break;
    }
    try {
      const artifact = await context.openCompanion(file);
      companions.push(artifact);
      const { text } = await readText(artifact, MAX_SOURCE_BYTES);
      const read = readSource({ text, place: file, range });
      programs.push(read.program);
      unexamined.push(...read.unexamined);
      for (const sibling of read.siblings) {
        if (seen.has(sibling)) continue;
        seen.add(sibling);
        queue.push({ name: sibling, range });
      }
    } catch (error) {
      if (!(error instanceof GateError) || error.code === 'inspection/cancelled') throw error;
      unexamined.push({ range, reason: `${file}, which loading with trust_remote_code runs, was not read: ${error.message}` });
    }
  }
  return { programs, unexamined, companions };
}
