import { GateError, type GateErrorCode } from '../errors.ts';

/** Problems listed in one message; a file with more is better corrected from the top. */
const MAX_LISTED = 20;

/** One thing that is wrong with a document. Line and column count from 1. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  /** Member names and list indexes from the root. */
  readonly path: readonly (string | number)[];
  /** One or two whole sentences. */
  readonly message: string;
  /** Default `policy/invalid`. */
  readonly code?: GateErrorCode;
}

/** All problems of a file as one error: `where` names the first, the message lists them all in the order of the text. */
export function documentError(problems: readonly Problem[], file: string, nextStep = 'Correct the file. "modelgate policy check" shows every problem with its line.'): GateError {
  const sorted = [...problems].sort((left, right) => left.line - right.line || left.column - right.column);
  const [first] = sorted;
  const codes = new Set(sorted.map((one) => one.code ?? 'policy/invalid'));
  const [only] = codes;
  return new GateError({
    code: codes.size === 1 && only !== undefined ? only : 'policy/invalid',
    message: messageOf(sorted, file),
    where: {
      artifact: file,
      ...(first === undefined ? {} : { line: first.line, column: first.column }),
      ...(first === undefined || first.path.length === 0 ? {} : { field: fieldOf(first.path) }),
    },
    nextStep,
  });
}

function messageOf(problems: readonly Problem[], file: string): string {
  const [first, ...others] = problems;
  if (first === undefined) return `${file} is not valid.`;
  if (others.length === 0) return first.message;
  const lines = problems.slice(0, MAX_LISTED).map((one) => `  ${file}:${one.line}:${one.column}: ${one.message}`);
  const rest = problems.length - lines.length;
  return [`${problems.length} problems.`, ...lines, ...(rest > 0 ? [`  … and ${rest} more.`] : [])].join('\n');
}

/** `['rules', 0, 'when']` as people write it: `rules[0].when`. */
function fieldOf(path: readonly (string | number)[]): string {
  return path.reduce<string>((field, part) => (typeof part === 'number' ? `${field}[${part}]` : field === '' ? part : `${field}.${part}`), '');
}
