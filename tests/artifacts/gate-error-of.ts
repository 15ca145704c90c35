import { expect } from 'vitest';
import { GateError } from '../../src/errors.ts';

/** The GateError that a call throws or rejects with; fails when it does neither, or throws something else. */
export async function gateErrorOf(call: () => unknown): Promise<GateError> {
  let thrown: unknown;
  try {
    await call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(GateError);
  return thrown as GateError;
}
