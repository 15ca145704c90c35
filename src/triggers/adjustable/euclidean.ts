/** Step length as a share of the bound: five steps cross the ball, and momentum does the rest. */
const STEP_SHARE = 0.3;

/** Euclidean norm. */
export function norm(values: Float32Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

/** A normalised gradient step and the projection onto the Euclidean ball of radius `bound`. */
export function moveInBall(parameters: Float32Array, direction: Float32Array, bound: number): void {
  const length = norm(direction);
  if (length > 0) {
    const step = (STEP_SHARE * bound) / length;
    for (let index = 0; index < parameters.length; index += 1) parameters[index] = (parameters[index] as number) - step * (direction[index] as number);
  }
  const size = norm(parameters);
  if (size <= bound) return;
  for (let index = 0; index < parameters.length; index += 1) parameters[index] = ((parameters[index] as number) * bound) / size;
}
