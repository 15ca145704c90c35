import { printable } from './printable.ts';
import type { InspectionProgress } from '../inspection/inspection.ts';

/** Work that ends sooner than this shows no progress: a line that flashes by is noise. */
const QUIET_MILLISECONDS = 2_000;
const REDRAW_MILLISECONDS = 120;

export interface ProgressLine {
  update(progress: InspectionProgress): void;
  /** Removes the line, so that the report starts on a clean one. */
  clear(): void;
}

export interface ProgressTerminal {
  readonly isTTY: boolean;
  readonly columns: number;
  write(text: string): void;
}

/** One line on a terminal that says what is being done; silent in CI and in pipes. */
export function progressLine(terminal: ProgressTerminal, isCi: boolean, now: () => number): ProgressLine {
  if (!terminal.isTTY || isCi) return { update: () => undefined, clear: () => undefined };
  const started = now();
  const running = new Map<string, InspectionProgress>();
  let drawn = 0;
  let isShown = false;

  return {
    update(progress) {
      if (progress.done >= 1 && progress.detector === undefined) running.delete(progress.path);
      else running.set(progress.path, progress);
      if (now() - started < QUIET_MILLISECONDS || now() - drawn < REDRAW_MILLISECONDS) return;
      drawn = now();
      isShown = true;
      const parts = [...running.values()].map(
        (one) => `${printable(one.path)} ${one.detector ?? ''} ${Math.round(100 * one.done)} % ${printable(one.what)}`,
      );
      const seconds = Math.round((now() - started) / 1000);
      const line = `${seconds} s  ${parts.join('  |  ')}`.slice(0, Math.max(20, terminal.columns - 1));
      terminal.write(`\r\u001b[2K${line}`);
    },
    clear() {
      if (isShown) terminal.write('\r\u001b[2K');
      isShown = false;
    },
  };
}
