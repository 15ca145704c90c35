import type { ByteRange } from '../artifacts/byte-source.ts';

/** Where in an artifact something was seen. Every member is optional because artifacts differ. */
export interface Location {
  readonly member?: string;
  readonly tensor?: string;
  readonly node?: string;
  readonly targetClass?: number;
  readonly sourceClass?: number;
  readonly bytes?: ByteRange;
}
