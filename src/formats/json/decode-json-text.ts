import { GateError } from '../../errors.ts';

/** The text of a JSON file: strictly UTF-8, and a byte order mark stays what it is, a character that JSON does not know. */
export function decodeJsonText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new GateError({ code: 'format/malformed', message: 'The JSON text is not valid UTF-8.', where: { offset: 0 } });
  }
}
