import type { ByteSource } from '../../artifacts/byte-source.ts';
import { WINDOW_BYTES, WINDOW_HISTORY_BYTES } from './pickle-limits.ts';

/** The piece of a source around the place that is being read. */
export interface PickleWindow {
  readonly source: ByteSource;
  bytes: Uint8Array;
  /** Offset in the source of the first of `bytes`. */
  base: number;
  /** Offset in the source of the next byte to read; may lie behind `bytes`. */
  position: number;
}

export function openWindow(source: ByteSource, position = 0): PickleWindow {
  return { source, bytes: new Uint8Array(0), base: position, position };
}

/** Makes sure that `count` bytes from the position on are there, or all up to the end when there are fewer. */
export async function fillWindow(window: PickleWindow, count: number): Promise<void> {
  const { source, position } = window;
  const base = Math.max(0, position - WINDOW_HISTORY_BYTES);
  const length = Math.min(source.size - base, position - base + Math.max(count, WINDOW_BYTES));
  window.bytes = await source.read(base, Math.max(0, length));
  window.base = base;
}
