/** Who has to act on an error: the artifact's producer, the person who wrote the policy or command, or we. */
export type Blame = 'artifact' | 'user' | 'tool';

/**
 * The closed list of error codes. `docs/reference/errors.md` is generated from it, so each summary is one
 * sentence a user can act on.
 */
export const ERROR_CODES = {
  'artifact/unreadable': { blame: 'user', summary: 'The file could not be opened or read.' },
  'artifact/too-large': { blame: 'artifact', summary: 'The file is larger than the limit for its format.' },
  'artifact/changed': { blame: 'user', summary: 'The file changed between hashing and reading.' },
  'artifact/pointer': { blame: 'user', summary: 'A Git LFS pointer stands in for the file, and the file itself is not there.' },
  'format/unrecognized': { blame: 'artifact', summary: 'No format reader recognises the bytes.' },
  'format/ambiguous': { blame: 'artifact', summary: 'The bytes are valid as more than one format.' },
  'format/truncated': { blame: 'artifact', summary: 'The file ends before its content does.' },
  'format/malformed': { blame: 'artifact', summary: 'The bytes break the format’s specification.' },
  'format/limit-exceeded': { blame: 'artifact', summary: 'The file is legal but beyond a stated limit.' },
  'format/unsupported': { blame: 'artifact', summary: 'The file is legal but uses something modelgate does not read.' },
  'format/encrypted': { blame: 'artifact', summary: 'The content is encrypted, so it could not be examined.' },
  'format/external-data': { blame: 'artifact', summary: 'External data is missing, escapes the model’s folder or does not fit.' },
  'engine/unavailable': { blame: 'tool', summary: 'No inference engine could be started.' },
  'engine/rejected': { blame: 'artifact', summary: 'The inference engine refuses the graph.' },
  'engine/failed': { blame: 'artifact', summary: 'Running the graph failed.' },
  'inspection/timed-out': { blame: 'user', summary: 'The inspection passed its deadline and was stopped.' },
  'inspection/memory-exceeded': { blame: 'artifact', summary: 'The inspection passed its memory ceiling and was stopped.' },
  'inspection/crashed': { blame: 'tool', summary: 'The inspection process ended unexpectedly.' },
  'inspection/cancelled': { blame: 'user', summary: 'The run was cancelled.' },
  'detector/crashed': { blame: 'tool', summary: 'A detector threw an unexpected error.' },
  'detector/invalid-result': { blame: 'tool', summary: 'A detector returned something that is not a measurement.' },
  'policy/not-found': { blame: 'user', summary: 'The policy file does not exist.' },
  'policy/invalid': { blame: 'user', summary: 'The policy breaks its schema.' },
  'policy/unknown-detector': { blame: 'user', summary: 'The policy names a detector that does not exist.' },
  'policy/missing-result': { blame: 'tool', summary: 'A detector the policy requires has no result.' },
  'lockfile/not-found': { blame: 'user', summary: 'The lockfile does not exist.' },
  'lockfile/invalid': { blame: 'user', summary: 'The lockfile breaks its schema.' },
  'samples/unreadable': { blame: 'user', summary: 'The samples could not be read.' },
  'samples/invalid': { blame: 'user', summary: 'The samples are not images or arrays modelgate understands.' },
  'dataset/unreadable': { blame: 'user', summary: 'The dataset could not be read.' },
  'dataset/invalid': { blame: 'artifact', summary: 'The files are no dataset that modelgate reads.' },
  'manifest/not-found': { blame: 'user', summary: 'The dataset has no manifest.' },
  'manifest/invalid': { blame: 'user', summary: 'The dataset manifest breaks its schema.' },
  'reference/unreadable': { blame: 'user', summary: 'The reference could not be read.' },
  'reference/invalid': { blame: 'user', summary: 'The reference breaks its schema, or its models do not belong together.' },
  'arguments/invalid': { blame: 'user', summary: 'A command-line argument or action input is wrong.' },
  'changes/unknown': { blame: 'user', summary: 'What changed could not be established.' },
  'output/unwritable': { blame: 'user', summary: 'An output file could not be written.' },
  'delivery/denied': { blame: 'user', summary: 'GitHub refused the request for lack of permission.' },
  'delivery/failed': { blame: 'tool', summary: 'A report could not be delivered.' },
  'internal/unexpected': { blame: 'tool', summary: 'Something that should not happen happened.' },
} as const satisfies Record<string, { readonly blame: Blame; readonly summary: string }>;

export type GateErrorCode = keyof typeof ERROR_CODES;

/** Where in the input an error lies; every member is optional because inputs differ. */
export interface ErrorPlace {
  readonly artifact?: string;
  readonly offset?: number;
  readonly field?: string;
  readonly line?: number;
  readonly column?: number;
}

export interface GateErrorInit {
  readonly code: GateErrorCode;
  readonly message: string;
  readonly where?: ErrorPlace;
  /** What the reader of the message can do now; one imperative sentence. */
  readonly nextStep?: string;
  readonly cause?: unknown;
}

/** Plain data form of a {@link GateError}: crosses the process boundary and goes into reports. */
export interface GateErrorData {
  readonly code: GateErrorCode;
  readonly message: string;
  readonly blame: Blame;
  readonly where?: ErrorPlace;
  readonly nextStep?: string;
}

/** The only error type modelgate throws on purpose: a code, a place, a blame and a next step. */
export class GateError extends Error {
  readonly code: GateErrorCode;
  readonly blame: Blame;
  readonly where: ErrorPlace | undefined;
  readonly nextStep: string | undefined;

  constructor(init: GateErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'GateError';
    this.code = init.code;
    this.blame = ERROR_CODES[init.code].blame;
    this.where = init.where;
    this.nextStep = init.nextStep;
  }

  toData(): GateErrorData {
    return {
      code: this.code,
      message: this.message,
      blame: this.blame,
      ...(this.where === undefined ? {} : { where: this.where }),
      ...(this.nextStep === undefined ? {} : { nextStep: this.nextStep }),
    };
  }
}

/** Turns whatever was thrown into a GateError; what is not ours becomes `fallback`. */
export function toGateError(thrown: unknown, fallback: GateErrorCode = 'internal/unexpected'): GateError {
  if (thrown instanceof GateError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new GateError({ code: fallback, message, cause: thrown });
}
