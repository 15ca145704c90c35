import type { ByteSource } from '../../artifacts/byte-source.ts';
import { GateError } from '../../errors.ts';
import type { OnnxDocumentation } from '../onnx-model.ts';
import type { Message } from '../schema.ts';
import { wireError, type WireState } from '../wire.ts';
import { quoted } from '../quoted.ts';

/** What the second stage (messages → OnnxModel) needs at hand. */
export interface DecodeContext {
  readonly state: WireState;
  /** The file itself, which inline tensors refer to. */
  readonly source: ByteSource;
  /** Source of an external file, by the location the model gives. */
  readonly external: (location: string) => ByteSource;
  /** IR version 1 had no attribute types. */
  readonly irVersion: bigint;
  /** Bytes of typed values decoded so far. */
  typedBytes: number;
}

/** Where one of the file's own numbers must fit a double exactly. */
export function exactNumber(value: bigint, offset: number, field: string): number {
  if (value < 0n) throw wireError('format/malformed', `${field} is negative (${value}).`, offset, field);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw wireError('format/limit-exceeded', `${field} is ${value}, beyond 53 bits.`, offset, field);
  return Number(value);
}

/** Key-value pairs; two values for one key would leave the choice to whoever reads the file next. */
export function decodeEntries(list: readonly Message<'StringStringEntry'>[] | undefined, field: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const { key = '', value = '', offset } of list ?? []) {
    if (entries.has(key)) throw wireError('format/malformed', `${field} holds the key ${quoted(key)} twice.`, offset, field);
    entries.set(key, value);
  }
  return entries;
}

export function documentation(
  message: { readonly docString?: string; readonly metadataProps?: readonly Message<'StringStringEntry'>[] },
  field: string,
): OnnxDocumentation {
  return {
    ...(message.docString === undefined || message.docString === '' ? {} : { docString: message.docString }),
    ...(message.metadataProps === undefined ? {} : { metadata: decodeEntries(message.metadataProps, `${field}.metadataProps`) }),
  };
}

/** A source for files nobody opened: reading from it says so. */
export function unopenedFile(location: string): ByteSource {
  return {
    size: Number.MAX_SAFE_INTEGER,
    read: () =>
      Promise.reject(
        new GateError({ code: 'format/external-data', message: `The external file ${quoted(location)} has not been opened.` }),
      ),
  };
}
