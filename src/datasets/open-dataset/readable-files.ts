import path from 'node:path';
import type { DatasetFiles } from '../../artifacts/dataset-files.ts';
import { openFileSource } from '../../artifacts/file-source.ts';
import { unchangedSource } from '../../artifacts/unchanged-source.ts';
import { GateError } from '../../errors.ts';
import type { ReadableFiles } from '../dataset-reader.ts';

/** The files of a dataset for its reader: what is read is what was hashed, or an error. */
export function readableFiles({ folder, list }: Pick<DatasetFiles, 'folder' | 'list'>): ReadableFiles {
  const open: ReadableFiles['open'] = async (file) => {
    const source = await openFileSource(path.join(file.folder ?? folder, file.path), file.path);
    if (source.identity === file.identity) return { ...unchangedSource(source, file.path), close: () => source.close() };
    await source.close();
    throw new GateError({
      code: 'artifact/changed', message: `${file.path} changed after it was hashed.`, where: { artifact: file.path }, nextStep: 'Run again when nothing writes to the dataset.',
    });
  };
  return {
    list,
    open,
    async read(file, maxBytes) {
      if (file.size > maxBytes) {
        throw new GateError({
          code: 'dataset/invalid', message: `${file.path} has ${String(file.size)} bytes; at most ${String(maxBytes)} are read of a file of its kind.`,
          where: { artifact: file.path }, nextStep: 'Split it into several files.',
        });
      }
      const source = await open(file);
      try {
        return await source.read(0, source.size);
      } finally {
        await source.close();
      }
    },
  };
}
