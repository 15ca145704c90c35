/** Bounds for reading samples. They come from the user, but a pull request can change them like any other file. */
export interface SampleLimits {
  /** Samples handed to detectors, chosen evenly over the classes. */
  readonly maxSamples: number;
  /** Pixel values held in memory for all samples together (4 bytes each). */
  readonly maxPixelValues: number;
  /** Files looked at below a samples folder. */
  readonly maxListedFiles: number;
  /** Folders inside folders. */
  readonly maxFolderDepth: number;
  /** Bytes of one image file. */
  readonly maxImageFileBytes: number;
  /** Width times height of one image. */
  readonly maxImagePixels: number;
  /** Bytes of one .npy or .npz file, and of what is expanded out of a .npz. */
  readonly maxArrayBytes: number;
  /** Members of a .npz. */
  readonly maxArrayMembers: number;
  /** Bytes of a labels file. */
  readonly maxLabelsFileBytes: number;
  /** Share of the chosen images that may be unreadable before the samples as a whole are refused. */
  readonly maxBrokenShare: number;
}

export const DEFAULT_SAMPLE_LIMITS: SampleLimits = {
  // Enough for every detector's statistics (50 a class for 10 classes) at a fraction of a second of inference.
  maxSamples: 512,
  // 64 Mi values are 256 MiB: 445 images of 3x224x224, and a quarter of the memory an inspection gets (CWE-770).
  maxPixelValues: 64 * 1024 * 1024,
  // Twice ImageNet's validation and training sets' folders would be too slow to list anyway (CWE-400).
  maxListedFiles: 2_000_000,
  maxFolderDepth: 12,
  // A 40-megapixel 16-bit RGBA PNG that does not compress at all is larger; nothing a classifier is fed with is.
  maxImageFileBytes: 64 * 1024 * 1024,
  // Decoders hold several copies of an image: 40 megapixels are about half a gigabyte (CWE-409, decompression bombs).
  maxImagePixels: 40_000_000,
  // A whole training set of 50,000 32x32 color images as uint8 is 154 MB, as float32 614 MB (CWE-409).
  maxArrayBytes: 1024 * 1024 * 1024,
  maxArrayMembers: 10_000,
  maxLabelsFileBytes: 64 * 1024 * 1024,
  maxBrokenShare: 0.1,
};
