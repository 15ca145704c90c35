/** Marks that sit on the letter before them. */
const ZERO_WIDTH = /\p{M}/u;
/**
 * Two columns in every common terminal: emoji shown as pictures, and the scripts whose East Asian Width is wide or
 * full-width (Unicode 15.1, blocks rounded outwards to unassigned code points).
 */
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;

/** Columns that already escaped text takes on a terminal. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

export function characterWidth(character: string): 0 | 1 | 2 {
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Blanks on the right up to `width` columns; never cuts. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** At most `width` columns; the middle gives way to `…`, because the end of a path tells more than its middle. */
export function fitMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const characters = [...text];
  const tailWidth = Math.ceil((width - 1) / 2);
  const head = takeWidth(characters, width - 1 - tailWidth);
  const tail = takeWidth(characters.toReversed(), tailWidth).toReversed();
  return `${head.join('')}…${tail.join('')}`;
}

function takeWidth(characters: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += characterWidth(character);
    if (used > width) break;
    taken.push(character);
  }
  return taken;
}

/** Lines of at most `width` columns, broken between words; a word longer than a line is broken inside. Never empty. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(/ +/)) {
    for (const piece of splitWord(word, width)) {
      const pieceWidth = displayWidth(piece);
      if (line !== '' && used + 1 + pieceWidth > width) {
        lines.push(line);
        line = '';
        used = 0;
      }
      line = line === '' ? piece : `${line} ${piece}`;
      used = displayWidth(line);
    }
  }
  return [...lines, line];
}

function splitWord(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const pieces: string[] = [];
  let rest = [...word];
  while (rest.length > 0) {
    const piece = takeWidth(rest, width);
    // A first character wider than the line would otherwise never be taken.
    const length = Math.max(1, piece.length);
    pieces.push(rest.slice(0, length).join(''));
    rest = rest.slice(length);
  }
  return pieces;
}
