import { toGateError, type Blame } from '../errors.ts';

const WHO_ACTS: Readonly<Record<Blame, string>> = {
  user: 'To be corrected in the workflow, the policy or the repository.',
  artifact: 'To be corrected by whoever made the artifact.',
  tool: 'This is a failure of modelgate or its surroundings: run again, and report it if it stays.',
};

export interface DescribedError {
  readonly title: string;
  /** One line: what happened and where, who has to act, what to do. */
  readonly message: string;
}

/** What the log says of an error that kept the action from deciding. */
export function describeError(thrown: unknown): DescribedError {
  const error = toGateError(thrown);
  const { line, column } = error.where ?? {};
  const file = error.where?.artifact;
  const place = line === undefined ? '' : ` (${file === undefined ? '' : `${file}, `}line ${line}${column === undefined ? '' : `, column ${column}`})`;
  const sentences = [`${error.message}${place}`, WHO_ACTS[error.blame], ...(error.nextStep === undefined ? [] : [error.nextStep])];
  return { title: `modelgate: ${error.code}`, message: sentences.join(' ') };
}
