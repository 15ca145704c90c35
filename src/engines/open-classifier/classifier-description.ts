import type { Classifier, InputSpecification } from '../../model/classifier.ts';
import type { OnnxDataType } from '../../onnx/onnx-model.ts';

/** What has to be known of a graph to run it as a classifier; `onnx/describe-classifier.ts` finds it out. */
export interface ClassifierDescription {
  readonly input: {
    readonly name: string;
    /** The batch size the graph was exported with; undefined when any number of images fits. */
    readonly batch: number | undefined;
    readonly elementType: OnnxDataType;
  };
  readonly output: {
    readonly name: string;
    readonly kind: Classifier['outputKind'];
    readonly classCount: number;
  };
}

export type PixelSpace = Pick<InputSpecification, 'layout' | 'channels' | 'height' | 'width' | 'range' | 'mean' | 'std'>;
