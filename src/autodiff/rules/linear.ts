import { attribute } from '../../onnx/build.ts';
import { floatAttribute, hasInput, inputOf, intAttribute, only, sumToShape, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';

/** Y = α·A′·B′ + β·C, A′ and B′ possibly transposed (ONNX Gemm). */
const gemm: GradientRule = async (node, cotangents, context) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  const [transA, transB] = [intAttribute(node, 'transA', 0), intAttribute(node, 'transB', 0)];
  const [alpha, beta] = [floatAttribute(node, 'alpha', 1), floatAttribute(node, 'beta', 1)];
  const dy = only(cotangents);
  const product = (left: string, right: string, leftT: number, rightT: number): string =>
    context.emit('Gemm', [left, right], { alpha: attribute.float(alpha), transA: attribute.int(leftT), transB: attribute.int(rightT) });

  const dA = (): string => (transA === 0 ? product(dy, b, 0, transB === 0 ? 1 : 0) : product(b, dy, transB, 1));
  const dB = (): string => (transB === 0 ? product(a, dy, transA === 0 ? 1 : 0, 0) : product(dy, a, 1, transA));
  const dC = (c: string): string => {
    const scaled = beta === 1 ? dy : context.emit('Mul', [dy, context.floats([beta])]);
    return sumToShape(context, scaled, context.shapeOf(node.outputs[0] ?? ''), context.shapeOf(c));
  };
  const c = hasInput(node, 2) ? inputOf(node, 2) : undefined;
  return [
    context.isWanted(a) ? dA() : undefined,
    context.isWanted(b) ? dB() : undefined,
    c !== undefined && context.isWanted(c) ? dC(c) : undefined,
  ];
};

/** NumPy matmul: batched, broadcast, and with one-dimensional operands, which are widened to matrices first. */
const matMul: GradientRule = async (node, cotangents, context) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  const [shapeA, shapeB] = [context.shapeOf(a), context.shapeOf(b)];
  const [wideA, wideB] = [shapeA.length === 1 ? [1, ...shapeA] : shapeA, shapeB.length === 1 ? [...shapeB, 1] : shapeB];
  const batch = broadcast(wideA.slice(0, -2), wideB.slice(0, -2));
  const [rows, columns] = [wideA.at(-2) ?? 1, wideB.at(-1) ?? 1];
  const reshaped = (value: string, from: readonly number[], to: readonly number[]): string =>
    from.length === to.length && from.every((size, axis) => size === to[axis]) ? value : context.emit('Reshape', [value, context.ints(to)]);

  const wideY = [...batch, rows, columns];
  const dy = reshaped(only(cotangents), context.shapeOf(node.outputs[0] ?? ''), wideY);
  const inner = wideA.at(-1) ?? 1;
  const dA = (): string => {
    const full = context.emit('MatMul', [dy, transposed(context, reshaped(b, shapeB, wideB), wideB.length)]);
    return reshaped(sumToShape(context, full, [...batch, rows, inner], wideA), wideA, shapeA);
  };
  const dB = (): string => {
    const full = context.emit('MatMul', [transposed(context, reshaped(a, shapeA, wideA), wideA.length), dy]);
    return reshaped(sumToShape(context, full, [...batch, inner, columns], wideB), wideB, shapeB);
  };
  return [context.isWanted(a) ? dA() : undefined, context.isWanted(b) ? dB() : undefined];
};

function transposed(context: RuleContext, value: string, rank: number): string {
  const order = Array.from({ length: rank }, (_, axis) => axis);
  return context.emit('Transpose', [value], { perm: attribute.ints([...order.slice(0, -2), rank - 1, rank - 2]) });
}

function broadcast(left: readonly number[], right: readonly number[]): number[] {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => Math.max(left[axis - rank + left.length] ?? 1, right[axis - rank + right.length] ?? 1));
}

export const linearRules: RuleTable = { Gemm: gemm, MatMul: matMul };
