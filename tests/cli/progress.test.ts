import { describe, expect, it } from 'vitest';
import { progressLine } from '../../src/cli/progress.ts';

function terminalOf(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 80, write: (text: string) => void written.push(text), written };
}

const progress = { path: 'models/a.onnx', detector: 'adversarial-testing', done: 0.5, what: 'patches' };

describe('progressLine', () => {
  it('is silent in CI, in pipes and for the first two seconds', () => {
    for (const [isTTY, isCi, at] of [[true, true, 9000], [false, false, 9000], [true, false, 1000]] as const) {
      let time = 0;
      const terminal = terminalOf(isTTY);
      const line = progressLine(terminal, isCi, () => time);

      time = at;
      line.update(progress);
      line.clear();

      expect(terminal.written).toEqual([]);
    }
  });

  it('draws one line and removes it, with control characters of file names made harmless', () => {
    let time = 0;
    const terminal = terminalOf(true);
    const line = progressLine(terminal, false, () => time);

    time = 3000;
    line.update({ ...progress, path: 'a\u001b[2Jb\n.onnx' });
    line.clear();

    const [line1 = '', cleared] = terminal.written;
    expect(line1.startsWith('\r\u001b[2K3 s ')).toBe(true);
    expect(line1.endsWith('adversarial-testing 50 % patches')).toBe(true);
    expect(line1.slice('\r\u001b[2K'.length)).not.toContain('\u001b');
    expect(cleared).toBe('\r\u001b[2K');
  });

  it('never writes more than the terminal is wide', () => {
    let time = 0;
    const terminal = terminalOf(true);
    const line = progressLine(terminal, false, () => time);

    time = 3000;
    line.update({ ...progress, path: 'x'.repeat(500) });

    expect(terminal.written.join('').replace('\r\u001b[2K', '').length).toBeLessThan(80);
  });
});
