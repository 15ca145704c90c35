import type { RandomSource } from '../../statistics/random.ts';
import type { ImageFrames } from '../../poisoning/image-frames.ts';
import { classReservoir } from '../../poisoning/class-reservoir.ts';
import { recurringPattern, type RecurringPattern } from '../../poisoning/recurring-pattern.ts';
import { pixelWhitening, spectrumWhitening, type Whitening } from '../../poisoning/whitened-spectrum.ts';

/** Below this many images a class has no half that could tell a subgroup from chance. */
export const MINIMUM_CLASS = 24;

/** Images that the usual spread of a coefficient is learned from. */
const WHITENING_IMAGES = 1000;

/** Images of other classes that a direction is compared with. */
const OTHERS = 300;

/** Numbers of one class's table, and bytes of all images kept for learning: 64 MiB and 128 MiB (CWE-770). */
const MAX_TABLE_VALUES = 2 ** 24;
const MAX_KEPT_BYTES = 2 ** 27;

export interface ClassPattern {
  readonly label: number;
  readonly view: 'spectrum' | 'pixels';
  readonly whitening: Whitening;
  readonly pattern: RecurringPattern;
  /** Which half of the class a sample that was learned from was in, by its place in the dataset. */
  readonly halfOf: ReadonlyMap<number, 0 | 1>;
}

export interface SearchContext {
  readonly signal: AbortSignal;
  random(label: string): RandomSource;
  outOfTime(): boolean;
  progress(done: number, what: string): void;
}

interface Kept {
  readonly at: number;
  readonly label: number;
  readonly pixels: Uint8Array;
}

/** The strongest pattern of each class that has enough images; `out of time` when there was none left. */
export async function findPatterns(frames: ImageFrames, classCount: number, count: number, perClass: number, context: SearchContext): Promise<readonly ClassPattern[] | 'out of time'> {
  const columns = frames.shape.channels * frames.shape.height * frames.shape.width;
  const limit = Math.max(MINIMUM_CLASS, Math.min(perClass, Math.floor(MAX_TABLE_VALUES / columns) - OTHERS, Math.floor(MAX_KEPT_BYTES / columns / Math.max(1, classCount))));
  const reservoir = classReservoir<Kept>(classCount, limit, context.random('images to learn from'));
  let at = -1;
  for await (const { sample, pixels } of frames.images(context.signal)) {
    at += 1;
    if (at % 256 === 0) context.progress(Math.min(0.4, (0.4 * at) / Math.max(1, count)), 'reading images');
    if (at % 256 === 0 && context.outOfTime()) return 'out of time';
    const { label } = sample;
    const place = at;
    if (label !== undefined) reservoir.offer(label, () => ({ at: place, label, pixels: Uint8Array.from(pixels) }));
  }
  const all = context.random('usual spread').shuffle(reservoir.kept.flat());
  if (all.length < MINIMUM_CLASS) return [];
  const usual = all.slice(0, WHITENING_IMAGES).map(({ pixels }) => pixels);
  // Images of other classes are drawn once and transformed once a view.
  const pool = all.slice(0, Math.ceil(1.5 * OTHERS));
  const views = ([['spectrum', spectrumWhitening], ['pixels', pixelWhitening]] as const).map(([view, learn]) => {
    const whitening = learn(usual, frames.shape);
    return { view, whitening, pooled: tableOf(pool, whitening) };
  });

  const found: ClassPattern[] = [];
  for (let label = 0; label < classCount; label += 1) {
    context.signal.throwIfAborted();
    context.progress(0.4 + (0.3 * label) / classCount, `class ${String(label)}`);
    if (context.outOfTime()) return 'out of time';
    const own = context.random(`halves of ${String(label)}`).shuffle(reservoir.kept[label] ?? []);
    if (own.length < MINIMUM_CLASS) continue;
    const others = pool.flatMap((one, row) => (one.label === label ? [] : [row])).slice(0, OTHERS);
    if (others.length < MINIMUM_CLASS) continue;
    const middle = own.length >> 1;
    const halfOf = new Map(own.map((one, index) => [one.at, index < middle ? 0 : 1] as const));
    for (const { view, whitening, pooled } of views) {
      const table = new Float32Array((own.length + pool.length) * columns);
      table.set(tableOf(own, whitening));
      table.set(pooled, own.length * columns);
      const rows = own.map((_, row) => row);
      const pattern = recurringPattern(table, columns, [rows.slice(0, middle), rows.slice(middle)], others.map((row) => own.length + row));
      if (pattern !== undefined) found.push({ label, view, whitening, pattern, halfOf });
    }
  }
  return found;
}

function tableOf(images: readonly Kept[], whitening: Whitening): Float32Array {
  const table = new Float32Array(images.length * whitening.columns);
  images.forEach(({ pixels }, row) => whitening.apply(pixels, table, row * whitening.columns));
  return table;
}
