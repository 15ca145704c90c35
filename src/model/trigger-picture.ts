/**
 * What a trigger looks like, in the classifier's pixel space: float32, channels first, values in [0, 1]. A detector that
 * recovers a trigger, or tries one that works, hands it over with its observation; when the detector is flagged, a contact
 * sheet is drawn from it. Of mask, pattern and samples at least one has to be there.
 */
export interface TriggerPicture {
  /** A noun phrase of the detector's own words: "a white patch in the lower right corner". */
  readonly title: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Where the trigger is, 1 where it hides the image: [height, width]. */
  readonly mask?: Float32Array;
  /** What the trigger is: [channels, height, width]. */
  readonly pattern?: Float32Array;
  /** Clean images, the most telling first: [n, channels, height, width]. Of more than MAX_PICTURE_SAMPLES the first are shown. */
  readonly samples: Float32Array;
  /** The same images with the trigger: as long as `samples`. */
  readonly triggered: Float32Array;
}

/** Columns of a contact sheet: with mask and pattern beside them, six tiles of 128 pixels are as wide as a page. */
export const MAX_PICTURE_SAMPLES = 6;
