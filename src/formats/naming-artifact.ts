import { GateError } from '../errors.ts';

/** Runs a reader's parts, which know offsets and not which file they read, and names the file, and the next step where there is one for all, in what they throw. */
export async function namingArtifact<Result>(artifact: string, nextStep: string | undefined, read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof GateError) || error.where?.artifact !== undefined) throw error;
    const step = error.nextStep ?? nextStep;
    throw new GateError({ code: error.code, message: error.message, where: { artifact, ...error.where }, ...(step === undefined ? {} : { nextStep: step }), cause: error });
  }
}
