import { attribute } from '../../../onnx/build.ts';
import type { OnnxNode } from '../../../onnx/onnx-model.ts';
import { inputOf, intAttribute, type RuleContext } from '../../rule.ts';
import type { Window } from './window.ts';

/**
 * dW = conv(xᵀ, dyᵀ) with batch and channels exchanged, where strides and dilations change roles; one group at a time.
 * `small` is the side the window produces (dy of a Conv, x of a ConvTranspose), `large` the side it slides over.
 */
export function convolutionWeightGradient(node: OnnxNode, small: string, window: Window, context: RuleContext, large = inputOf(node, 0)): string {
  const group = intAttribute(node, 'group', 1);
  const [outs = 1, ins = 1] = context.shapeOf(inputOf(node, 1));
  const rank = window.kernel.length + 2;
  const exchange = { perm: attribute.ints([1, 0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2)]) };
  const parts = Array.from({ length: group }, (_, index) => {
    const part = (value: string, count: number): string =>
      group === 1 ? value : context.emit('Slice', [value, context.ints([index * count]), context.ints([(index + 1) * count]), context.ints([1])]);
    const largePart = context.emit('Transpose', [part(large, ins)], exchange);
    const smallPart = context.emit('Transpose', [part(small, outs / group)], exchange);
    const raw = context.emit('Conv', [largePart, smallPart], {
      dilations: attribute.ints(window.strides),
      strides: attribute.ints(window.dilations),
      pads: attribute.ints(window.pads),
    });
    // Pixels left over at the end give taps the kernel does not have.
    const axes = window.kernel.map((_, axis) => axis + 2);
    const cut = context.emit('Slice', [raw, context.ints(axes.map(() => 0)), context.ints(window.kernel), context.ints(axes)]);
    return context.emit('Transpose', [cut], exchange);
  });
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : context.emit('Concat', parts, { axis: attribute.int(0) });
}
