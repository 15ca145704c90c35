import type { RuleContext } from '../../rule.ts';

/** [n, c, …o] → [n, c, …(o − 1)·s + 1] with s − 1 zeros between neighbours: Reshape, Pad, Reshape, Slice. */
export function insertZeros(value: string, shape: readonly number[], strides: readonly number[], context: RuleContext): string {
  const spatial = shape.slice(2);
  const interleaved = [...shape.slice(0, 2), ...spatial.flatMap((size) => [size, 1])];
  const behind = interleaved.map((_, axis) => (axis >= 2 && axis % 2 === 1 ? (strides[(axis - 3) / 2] ?? 1) - 1 : 0));
  const apart = context.emit('Reshape', [value, context.ints(interleaved)]);
  const padded = context.emit('Pad', [apart, context.ints([...behind.map(() => 0), ...behind])]);
  const joined = context.emit('Reshape', [padded, context.ints([...shape.slice(0, 2), ...spatial.map((size, axis) => size * (strides[axis] ?? 1))])]);
  const ends = spatial.map((size, axis) => (size - 1) * (strides[axis] ?? 1) + 1);
  return context.emit('Slice', [joined, context.ints(spatial.map(() => 0)), context.ints(ends), context.ints(spatial.map((_, axis) => axis + 2))]);
}
