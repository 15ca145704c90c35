import { GateError } from '../errors.ts';

/** Runs a reader's parts, which know offsets and not which file they read, and names the file and the next step in what they throw. */
export async function namingArtifact<Result>(artifact: string, nextStep: string, read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof GateError) || error.where?.artifact !== undefined) throw error;
    throw new GateError({ code: error.code, message: error.message, where: { artifact, ...error.where }, nextStep: error.nextStep ?? nextStep, cause: error });
  }
}
