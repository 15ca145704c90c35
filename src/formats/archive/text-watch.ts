/** Control characters that no text for people or programs holds; tabs, line ends and form feeds are ordinary. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/;

/** Tells, piece by piece, whether bytes are UTF-8 text without control characters. Looks no further once they are not. */
export function textWatch(): { add(piece: Uint8Array): void; isText(): boolean } {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isText = true;
  return {
    add(piece) {
      if (!isText) return;
      try {
        isText = !CONTROL.test(decoder.decode(piece, { stream: true }));
      } catch {
        isText = false;
      }
    },
    isText() {
      if (!isText) return false;
      try {
        decoder.decode();
        return true;
      } catch {
        return false;
      }
    },
  };
}
