/**
 * Whether a file begins as a text and as nothing else: printable characters, blanks and line ends, or bytes of UTF-8. A binary
 * format whose first bytes are counts or lengths never does, so a name alone does not make such a file one.
 */
export function looksLikeText(head: Uint8Array): boolean {
  return head.byteLength > 0 && head.every((byte) => (byte >= 0x20 && byte !== 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}
