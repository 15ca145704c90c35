import { memorySource } from '../../src/artifacts/memory-source.ts';
import { GateError } from '../../src/errors.ts';
import type { FormatReader } from '../../src/formats/format-reader.ts';
import { identifyFormat } from '../../src/formats/identify.ts';
import { formatReaders } from '../../src/formats/index.ts';
import type { CodeProgram } from '../../src/model/code.ts';
import type { Model } from '../../src/model/model.ts';

/** Reads bytes as a file of this name, by the reader that wants them or by a given one. */
export function readBytes(bytes: Uint8Array, path = 'file.pkl', reader: FormatReader = identifyFormat(bytes.subarray(0, 65_536), path, formatReaders)): Promise<Model> {
  const artifact = { path, digest: `sha256:${'0'.repeat(64)}` as const, bytes: memorySource(bytes, path) };
  return reader.read(artifact, { signal: new AbortController().signal, openCompanion: (companion) => Promise.reject(new GateError({ code: 'format/external-data', message: `${companion} is not there.` })) });
}

/** Full names that programs import by an opcode, as CPython's `find_class` is asked for them. */
export function importedNames(programs: readonly CodeProgram[]): string[] {
  const names = programs.filter(({ runs, place }) => runs === 'load' && !/^(the bytes|the text|pickle \d+ of)/.test(place)).flatMap(({ actions }) => actions)
    .filter(({ kind, via }) => kind === 'import' && /GLOBAL|INST/.test(via))
    .map(({ target }) => (target.kind === 'name' ? `${target.module}.${target.name}` : target.text));
  return [...new Set(names)].sort();
}
