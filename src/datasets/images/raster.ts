/** A decoded picture: row-major, channels interleaved, values in [0, 1] as stored (gamma-encoded, never linearised). */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 1: grey, 3: red, green, blue; anything else only out of arrays. */
  readonly channels: number;
  readonly values: Float32Array;
  /** True when some pixel was not opaque; such pixels were laid over black. */
  readonly composited?: boolean;
}
