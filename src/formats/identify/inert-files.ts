const startsWith = (bytes: readonly number[], at = 0) => (head: Uint8Array): boolean =>
  head.byteLength >= at + bytes.length && bytes.every((byte, index) => head[at + index] === byte);

interface InertKind {
  readonly what: string;
  readonly matches: (head: Uint8Array) => boolean;
}

const MAC_OS_METADATA = 'macOS metadata';

/** Things that lie in archives beside a model and that nothing executes when it is opened by what opens models. */
const KINDS: readonly InertKind[] = [
  { what: MAC_OS_METADATA, matches: startsWith([0x00, 0x05, 0x16, 0x07]) },
  { what: MAC_OS_METADATA, matches: startsWith([0x00, 0x00, 0x00, 0x01, 0x42, 0x75, 0x64, 0x31]) },
  { what: 'a PNG picture', matches: startsWith([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) },
  { what: 'a JPEG picture', matches: startsWith([0xff, 0xd8, 0xff]) },
  { what: 'a GIF picture', matches: startsWith([0x47, 0x49, 0x46, 0x38]) },
];

/**
 * macOS packs `._model.pkl` beside `model.pkl`. Its first byte is no opcode of a pickle and its first bytes are no length of anything,
 * so its name makes no model of it; other inert files could be one, since a pickle may begin like a GIF.
 */
export function isMacOsMetadata(head: Uint8Array): boolean {
  return recognizeInertFile(head) === MAC_OS_METADATA;
}

/** What a file is that is no model and does nothing; undefined when its first bytes do not say so. */
export function recognizeInertFile(head: Uint8Array): string | undefined {
  return KINDS.find(({ matches }) => matches(head))?.what;
}
