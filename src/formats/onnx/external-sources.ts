import type { ByteSource } from '../../artifacts/byte-source.ts';
import { GateError } from '../../errors.ts';

/**
 * Sources of external files, handed out while the model is decoded and bound to files afterwards: only a model that is
 * valid as a whole gets its files opened.
 */
export interface ExternalSources {
  /** One source a location. */
  readonly source: (location: string) => ByteSource;
  readonly locations: () => readonly string[];
  readonly bind: (location: string, file: ByteSource) => void;
}

export function externalSources(): ExternalSources {
  const given = new Map<string, ByteSource>();
  const bound = new Map<string, ByteSource>();
  const fileOf = (location: string): ByteSource => {
    const file = bound.get(location);
    if (file === undefined) throw new GateError({ code: 'internal/unexpected', message: 'An external file was read before it was opened.' });
    return file;
  };
  return {
    source(location) {
      const known = given.get(location);
      if (known !== undefined) return known;
      const late: ByteSource = {
        get size() {
          return fileOf(location).size;
        },
        read: async (offset, length) => fileOf(location).read(offset, length),
        readInto: async (offset, target) => {
          const file = fileOf(location);
          if (file.readInto !== undefined) return file.readInto(offset, target);
          target.set(await file.read(offset, target.byteLength));
        },
      };
      given.set(location, late);
      return late;
    },
    locations: () => [...given.keys()],
    bind: (location, file) => bound.set(location, file),
  };
}
