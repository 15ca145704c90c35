import { GateError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import type { FileSource } from './file-source.ts';

/**
 * A file that was hashed and is read again piece by piece: every read looks afterwards whether size or times differ from
 * those at opening, and rejects with `artifact/changed` then. So what is examined is what was hashed, without holding it.
 */
export function unchangedSource(file: FileSource, path: string): ByteSource {
  const stopIfChanged = async (): Promise<void> => {
    if (!(await file.isChanged())) return;
    throw new GateError({
      code: 'artifact/changed',
      message: `${path} changed after it was hashed.`,
      where: { artifact: path },
      nextStep: 'Run again when nothing writes to the file.',
    });
  };
  return {
    size: file.size,
    async read(offset, length) {
      const bytes = await file.read(offset, length);
      await stopIfChanged();
      return bytes;
    },
    async readInto(offset, target) {
      await file.readInto(offset, target);
      await stopIfChanged();
    },
  };
}
