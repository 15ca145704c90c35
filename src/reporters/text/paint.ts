export type Tone = 'red' | 'yellow' | 'green' | 'magenta' | 'cyan' | 'dim' | 'bold';

const CODES: Readonly<Record<Tone, readonly [number, number]>> = {
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** Puts a tone around text that is already padded, so that colour never moves a column. */
export type Paint = (tone: Tone, text: string) => string;

/** Looks at nothing but its argument: whether the terminal wants colour is known at the edge. */
export function createPaint(color: boolean): Paint {
  if (!color) return (_, text) => text;
  return (tone, text) => {
    const [on, off] = CODES[tone];
    return text === '' ? '' : `\u001b[${String(on)}m${text}\u001b[${String(off)}m`;
  };
}
