import type { Location } from '../../model/location.ts';

export type WeightMessage =
  | 'hidden-file' | 'hidden-text' | 'ordered-low-bits' | 'precision-break'
  | 'not-finite' | 'extreme-channel' | 'detached-values' | 'duplicated-channel' | 'constant-block';

/** Something strange about a tensor, and how far beyond its own limit it is: 1 is the limit. */
export interface Finding {
  readonly message: WeightMessage;
  /** Measured value over its limit; at least 0, finite. */
  readonly exceedance: number;
  readonly data: Readonly<Record<string, string | number>>;
  readonly location: Location;
}
