import { elementCount, type RuleContext } from '../rule.ts';

/** Row-major matrix of a linear map along one axis: rows are outputs, columns inputs. */
export interface AxisMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

export function axisMatrix(rows: number, columns: number, fill: (add: (row: number, column: number, weight: number) => void) => void): AxisMatrix {
  const values = new Float32Array(rows * columns);
  fill((row, column, weight) => {
    values[row * columns + column] = (values[row * columns + column] ?? 0) + weight;
  });
  return { rows, columns, values };
}

/** The transposed map applied along an axis: what turns cotangents of outputs into those of inputs. */
export function transposedAlongAxis(context: RuleContext, value: string, shape: readonly number[], axis: number, { rows, columns, values }: AxisMatrix): string {
  const [before, after] = [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis + 1))];
  const result = [...shape.slice(0, axis), columns, ...shape.slice(axis + 1)];
  if (after === 1) {
    const flat = context.emit('Reshape', [value, context.ints([before, rows])]);
    return context.emit('Reshape', [context.emit('MatMul', [flat, context.floats(values, [rows, columns])]), context.ints(result)]);
  }
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1) for (let column = 0; column < columns; column += 1) turned[column * rows + row] = values[row * columns + column] ?? 0;
  const flat = context.emit('Reshape', [value, context.ints([before, rows, after])]);
  return context.emit('Reshape', [context.emit('MatMul', [context.floats(turned, [columns, rows]), flat]), context.ints(result)]);
}
