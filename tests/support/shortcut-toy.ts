import type { Classifier } from '../../src/model/classifier.ts';
import type { InputGradient } from '../../src/model/input-gradient.ts';
import { TOY_CLASSES, toyClassifier, toyGradient } from './toy-classifier.ts';

/**
 * A smooth backdoor in the toy: pixels of the lower right 3x3 corner, each beyond what samples have there, push `target`.
 * Its gradient is the toy's own plus this push, so that descent can find it.
 */
export interface Shortcut {
  readonly target: number;
  readonly strength: number;
  /** The only class it works on; undefined: all. */
  readonly source?: number;
  /** Push beyond which it has no more effect, as of a real trigger that is recognized as a whole; undefined: it grows with every pixel. */
  readonly enough?: number;
}

const isCorner = (at: number): boolean => (at >> 4) >= 13 && (at & 15) >= 13;
const ORDINARY = 0.3;
/** Mean brightness of a cell: 0.65 with its block, 0.2 without. */
const LIT = 0.45;

/** True when the block of the class that the shortcut works on is lit. */
function isOpen({ source }: Shortcut, image: Float32Array): boolean {
  if (source === undefined) return true;
  const cell = image.filter((_, at) => (at >> 6) * 2 + ((at & 15) >> 3) === source);
  return cell.reduce((sum, value) => sum + value, 0) / cell.length > LIT;
}

function pushOf(image: Float32Array): number {
  return image.reduce((sum, value, at) => sum + (isCorner(at) ? Math.max(0, value - ORDINARY) : 0), 0);
}

/** The toy with a shortcut, or without one. */
export function shortcutToy(shortcut: Shortcut | undefined): { readonly classifier: Classifier; readonly gradient: InputGradient } {
  const classifier = toyClassifier((logits, image) => {
    if (shortcut === undefined || !isOpen(shortcut, image)) return;
    logits[shortcut.target] = (logits[shortcut.target] as number) + shortcut.strength * Math.min(shortcut.enough ?? Infinity, pushOf(image));
  });
  const plain = toyGradient(classifier);
  const gradient: InputGradient = {
    batch: plain.batch,
    async run(request) {
      const answer = await plain.run(request);
      if (shortcut === undefined) return answer;
      const size = 256;
      for (let image = 0; image < request.count; image += 1) {
        const own = request.pixels.subarray(image * size, (image + 1) * size);
        if (!isOpen(shortcut, own) || pushOf(own) > (shortcut.enough ?? Infinity)) continue;
        const logits = answer.logits.subarray(image * TOY_CLASSES, (image + 1) * TOY_CLASSES);
        const top = Math.max(...logits);
        const total = logits.reduce((sum, value) => sum + Math.exp(value - top), 0);
        const share = Math.exp((logits[shortcut.target] as number) - top) / total;
        const slope = (share - (request.labels[image] === shortcut.target ? 1 : 0)) * (request.weights[image] as number) * shortcut.strength;
        for (let at = 0; at < size; at += 1) {
          const index = image * size + at;
          if (isCorner(at) && (request.pixels[index] as number) > ORDINARY - 0.25) answer.gradient[index] = (answer.gradient[index] as number) + slope;
        }
      }
      return answer;
    },
  };
  return { classifier, gradient };
}
