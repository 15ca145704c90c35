import type { OnnxDataType } from '../../onnx/onnx-model.ts';

export interface GgmlType {
  readonly name: string;
  /** Elements of one block, and its bytes. */
  readonly block: number;
  readonly bytes: number;
  /** What the rest of modelgate calls it; absent for quantised types, whose blocks are not numbers one by one. */
  readonly dataType?: Exclude<OnnxDataType, 'undefined' | 'string'>;
}

const plain = (name: string, bytes: number, dataType: NonNullable<GgmlType['dataType']>): GgmlType => ({ name, block: 1, bytes, dataType });
const quantised = (name: string, block: number, bytes: number): GgmlType => ({ name, block, bytes });

/** Element types by number: `enum ggml_type` and the sizes of their blocks (ggml/src/ggml-common.h). */
export const GGML_TYPES: ReadonlyMap<number, GgmlType> = new Map([
  [0, plain('F32', 4, 'float')], [1, plain('F16', 2, 'float16')], [30, plain('BF16', 2, 'bfloat16')], [28, plain('F64', 8, 'double')],
  [24, plain('I8', 1, 'int8')], [25, plain('I16', 2, 'int16')], [26, plain('I32', 4, 'int32')], [27, plain('I64', 8, 'int64')],
  [2, quantised('Q4_0', 32, 18)], [3, quantised('Q4_1', 32, 20)], [6, quantised('Q5_0', 32, 22)], [7, quantised('Q5_1', 32, 24)],
  [8, quantised('Q8_0', 32, 34)], [9, quantised('Q8_1', 32, 36)],
  [10, quantised('Q2_K', 256, 84)], [11, quantised('Q3_K', 256, 110)], [12, quantised('Q4_K', 256, 144)], [13, quantised('Q5_K', 256, 176)],
  [14, quantised('Q6_K', 256, 210)], [15, quantised('Q8_K', 256, 292)],
  [16, quantised('IQ2_XXS', 256, 66)], [17, quantised('IQ2_XS', 256, 74)], [18, quantised('IQ3_XXS', 256, 98)], [19, quantised('IQ1_S', 256, 50)],
  [20, quantised('IQ4_NL', 32, 18)], [21, quantised('IQ3_S', 256, 110)], [22, quantised('IQ2_S', 256, 82)], [23, quantised('IQ4_XS', 256, 136)], [29, quantised('IQ1_M', 256, 56)],
  [31, quantised('Q4_0_4_4', 32, 18)], [32, quantised('Q4_0_4_8', 32, 18)], [33, quantised('Q4_0_8_8', 32, 18)],
  [34, quantised('TQ1_0', 256, 54)], [35, quantised('TQ2_0', 256, 66)], [39, quantised('MXFP4', 32, 17)],
]);
