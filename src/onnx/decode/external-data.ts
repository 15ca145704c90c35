import { GateError } from '../../errors.ts';
import type { OnnxTensor } from '../onnx-model.ts';
import type { DecodeContext } from './context.ts';
import { quoted } from '../quoted.ts';

/** onnxruntime takes such a location for an address in its own memory: a model that holds one reads whatever lies there. */
const MEMORY_ADDRESS_MARK = '_ORT_MEM_ADDR_';

/** `basepath` is written by old exporters and read by nobody; onnxruntime adds keys for prepacked weights. */
const IGNORED_KEYS = /^(?:basepath|prepacked_\d+)$/;

/**
 * Checks an external location as text (CWE-22); the file system is asked later. Absolute paths, drive letters,
 * backslashes, `..`, empty segments and control characters are refused wherever the gate runs, so that a model means
 * the same file on every platform.
 */
export function externalLocationProblem(location: string): string | undefined {
  if (location === '') return 'is empty';
  if (location.includes(MEMORY_ADDRESS_MARK)) return 'is onnxruntime’s mark for an address in memory';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/u.test(location)) return 'holds control characters';
  if (location.includes('\\')) return 'holds a backslash';
  if (location.startsWith('/') || /^[A-Za-z]:/u.test(location)) return 'is an absolute path';
  const segments = location.split('/');
  if (segments.includes('..')) return 'leaves the model’s folder';
  if (segments.includes('')) return 'holds an empty path segment';
  return undefined;
}

/** `expected` is the byte length that dims and data type ask for; the model may leave `length` out. */
export function decodeExternalData(
  context: DecodeContext, entries: ReadonlyMap<string, string>, expected: number, tensor: string, tensorOffset: number,
): NonNullable<OnnxTensor['raw']> {
  const refuse = (message: string): GateError =>
    new GateError({
      code: 'format/external-data',
      message: `Tensor ${quoted(tensor)}: ${message}`,
      where: { offset: tensorOffset, field: 'Tensor.externalData' },
      nextStep: 'Export the model again with its external files beside it.',
    });
  for (const key of entries.keys()) {
    if (!['location', 'offset', 'length', 'checksum'].includes(key) && !IGNORED_KEYS.test(key)) throw refuse(`unknown external data key ${quoted(key)}.`);
  }
  const location = entries.get('location') ?? '';
  const problem = externalLocationProblem(location);
  if (problem !== undefined) throw refuse(`the location ${quoted(location)} ${problem}.`);
  const offset = byteCount(entries.get('offset') ?? '0');
  const length = byteCount(entries.get('length') ?? String(expected));
  if (offset === undefined || length === undefined) throw refuse('offset and length must be whole numbers of bytes.');
  if (length !== expected) throw refuse(`${length} bytes of external data where dims and data type ask for ${expected}.`);
  const sha1 = entries.get('checksum');
  if (sha1 !== undefined && !/^[0-9a-fA-F]{40}$/u.test(sha1)) throw refuse('the checksum is not a SHA-1 digest.');
  return {
    source: context.external(location),
    range: { offset, length },
    location: 'external',
    path: location,
    ...(sha1 === undefined ? {} : { sha1: sha1.toLowerCase() }),
  };
}

function byteCount(text: string): number | undefined {
  if (!/^\d{1,16}$/u.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
