import type { InputSpecification } from '../../model/classifier.ts';

/** What the graph itself says about its input. */
export interface InputDescription {
  readonly kind: InputSpecification['kind'];
  readonly layout: InputSpecification['layout'];
  /** Undefined where the graph leaves a dimension open. */
  readonly channels: number | undefined;
  readonly height: number | undefined;
  readonly width: number | undefined;
  /** True when the element type is an integer: pixels go in as 0 to 255. */
  readonly integer: boolean;
  /** True when the graph starts by normalizing its input, so nothing is to be done outside. */
  readonly normalizes: boolean;
  readonly classCount: number;
}
