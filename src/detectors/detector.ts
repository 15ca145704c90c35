import type { Static, TObject } from '@sinclair/typebox';
import type { SampleContent } from '../model/dataset.ts';
import type { Diagram } from '../model/diagram.ts';
import type { FacetName, Facets } from '../model/facets.ts';
import type { Location } from '../model/location.ts';
import type { Model } from '../model/model.ts';
import type { TriggerPicture } from '../model/trigger-picture.ts';
import type { Result } from '../report.ts';
import type { RandomSource } from '../statistics/random.ts';

/** How bad, if true. Never lowered by anything the artifact says about itself. */
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';

/** What a detector may say; `text` may hold `{name}` places filled from the observation's data. */
export interface DetectorMessage {
  readonly severity: Severity;
  /** A short noun phrase: the title of the rule in SARIF and in the docs. */
  readonly title: string;
  readonly text: string;
  /** What the reader can do about it; one or two imperative sentences. */
  readonly nextStep: string;
}

/** The headline number of a detector and the line from which it is flagged. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly flaggedWhen: 'above' | 'below';
  readonly threshold: number;
}

export interface Reference {
  readonly title: string;
  readonly authors: string;
  readonly year: number;
  readonly url: string;
  /** 'source': what the detector implements; 'defeats': what is known to get past it; 'background'. */
  readonly role: 'source' | 'defeats' | 'background';
}

/**
 * Score = 1 / (1 + exp(−slope · side · (t(metric) − t(threshold)))), side +1 when flagged above and −1 below, so 0.5 is
 * the detector's default threshold. `t` is the identity or the natural logarithm.
 */
export interface Calibration {
  readonly method: 'logistic';
  readonly transform: 'identity' | 'log';
  readonly slope: number;
  readonly threshold: number;
  readonly fittedOn: {
    readonly description: string;
    readonly command: string;
    readonly date: string;
    readonly models: readonly { readonly name: string; readonly digest: string; readonly backdoored: boolean; readonly metric: number }[];
  };
}

export interface DetectorMeta<Need extends FacetName = FacetName, Message extends string = string> {
  readonly id: string;
  readonly title: string;
  /** Two or three sentences for the docs and the `detectors` command. */
  readonly description: string;
  readonly family: 'weights' | 'behavior' | 'graph' | 'file' | 'dataset' | 'combined';
  /** The runner answers `not-applicable` when one is absent; the detector never has to. */
  readonly needs: readonly Need[];
  /** Kinds of samples it looks at; on a dataset of another kind the runner answers `not-applicable`. */
  readonly sampleKinds?: readonly SampleContent['kind'][];
  /** Facets it looks at where they are there and goes without where they are not; it says in its outcome what that leaves open. */
  readonly uses?: readonly FacetName[];
  /** Detectors whose suspicious inputs or results this one looks at; they run first when both are enabled. */
  readonly after?: readonly string[];
  /** Joins the detectors named in `after` into an answer of its own: they run wherever it runs, and what they find by themselves is weighed by it. */
  readonly joins?: true;
  readonly messages: Readonly<Record<Message, DetectorMessage>>;
  readonly metric: Metric;
  readonly cost: { readonly tier: 'weights' | 'data-free' | 'samples'; readonly description: string };
  readonly references: readonly Reference[];
  readonly limitations: readonly string[];
  readonly lifecycle: 'experimental' | 'stable' | 'deprecated';
  readonly since: string;
}

export interface Observation<Message extends string = string> {
  readonly message: Message;
  readonly data: Readonly<Record<string, string | number>>;
  readonly location: Location;
  /** The trigger behind the observation, for people to look at; drawn when the detector is flagged. */
  readonly picture?: TriggerPicture;
  /** The part of the graph behind the observation; drawn by whoever shows it. */
  readonly diagram?: Diagram;
}

/** A number worth reporting besides the headline metric. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly location?: Location;
}

/** Inputs that one detector suspects and another may examine; never part of the report. */
export interface SuspiciousInputs {
  readonly from: string;
  readonly description: string;
  readonly targetClass: number;
  readonly count: number;
  /** Pixel space, [count, channels, height, width]. */
  readonly pixels: Float32Array;
}

/** How suspicious each sample of a dataset is to one detector. */
export interface SampleScores {
  /** Samples in the order of `scores`. */
  readonly ids: readonly string[];
  /** Larger is more suspicious; comparable within one result only. */
  readonly scores: Float64Array;
  /** Places in `ids` of the samples suspected of being poisoned, the most suspicious first, each with the reason in a sentence. */
  readonly suspects: readonly { readonly index: number; readonly reason: string }[];
}

/**
 * What a detector hands back. It measures and never judges: the runner compares `metric` with the threshold in force
 * and makes `clear` or `flagged` of it, in one place, where NaN is an error and not a pass.
 */
export type Detection<Message extends string = string> = {
  /** How many things (classes, inputs, tensors) were looked at; 0 is turned into `inconclusive`. */
  readonly examined: number;
  readonly measurements?: readonly Measurement[];
} & (
  | {
      readonly outcome: 'measured';
      readonly metric: number;
      /** What is reported when the metric is beyond the threshold; the most telling first; never empty. */
      readonly observations: readonly [Observation<Message>, ...Observation<Message>[]];
      readonly suspiciousInputs?: readonly SuspiciousInputs[];
      readonly sampleScores?: SampleScores;
    }
  | { readonly outcome: 'inconclusive'; readonly reason: string }
  /** The data are of a kind that the detector has nothing to say about, and nothing was left open. */
  | { readonly outcome: 'not-applicable'; readonly reason: string }
);

/** The only sources of chance, time and chatter. Same bytes, same policy, same seed: same result. */
export interface DetectContext {
  random(label: string): RandomSource;
  readonly signal: AbortSignal;
  /** True when the time given to this detector is nearly used up: answer with what there is, or `inconclusive`. */
  outOfTime(): boolean;
  /** Share done in [0, 1] and what is being done. */
  progress(done: number, what: string): void;
  readonly suspiciousInputs: readonly SuspiciousInputs[];
  /** Pictures that the detectors named in `after` made of triggers, whether they were flagged or not. */
  readonly pictures: readonly { readonly from: string; readonly targetClass: number | undefined; readonly picture: TriggerPicture }[];
  /** What the detectors named in `after` ended with, in the order in which they ran. */
  readonly results: readonly Result[];
  /** How suspicious the samples are to the detectors named in `after`. */
  readonly sampleScores: readonly { readonly from: string; readonly scores: SampleScores }[];
}

export interface Detector<
  Need extends FacetName = FacetName,
  Message extends string = string,
  Options extends TObject = TObject,
> {
  readonly meta: DetectorMeta<Need, Message>;
  /** TypeBox object with `additionalProperties: false`; every member has a default and a description. */
  readonly options: Options;
  /** Absent for a detector of facts, which estimates nothing: it has no score, and its findings are matters of fact. */
  readonly calibration?: Calibration;
  detect(
    model: Model & { readonly facets: Pick<Facets, Need> },
    options: Static<Options>,
    context: DetectContext,
  ): Promise<Detection<Message>>;
}

/** Does nothing at run time; ties `needs`, `messages` and `options` together for the compiler. */
export function defineDetector<const Need extends FacetName, const Message extends string, Options extends TObject>(
  detector: Detector<Need, Message, Options>,
): Detector<Need, Message, Options> {
  return detector;
}
