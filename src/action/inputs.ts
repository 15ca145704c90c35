import { GateError } from '../errors.ts';
import type { GateRequest } from '../gate-request.ts';
import { nearest } from '../policy/nearest.ts';
import { reporters } from '../reporters/index.ts';

/** Every input of action.yml with its default, in the order of the file; a test holds the two together. */
export const INPUT_DEFAULTS = {
  paths: '',
  scope: 'auto',
  policy: '',
  lockfile: '',
  samples: '',
  baseline: '',
  dataset: '',
  'fail-on': 'fail',
  'warn-only': 'false',
  seed: '0',
  budget: '',
  cache: '',
  threads: 'auto',
  engine: 'auto',
  'report-folder': '',
  formats: 'json, sarif',
  summary: 'true',
  annotations: 'true',
  'working-directory': '.',
  base: '',
  head: '',
  'allow-untrusted-execution': 'false',
  token: '',
} as const;
export type InputName = keyof typeof INPUT_DEFAULTS;

const SCOPES = ['auto', 'changed', 'all'] as const;
const FAIL_ON = ['fail', 'warn', 'never'] as const;
const ENGINES = ['auto', 'onnxruntime-node', 'onnxruntime-web'] as const;

export type FailOn = (typeof FAIL_ON)[number];

/** All that a workflow can say, typed. Paths are as the user wrote them. */
export interface ActionInputs {
  /** Empty: the whole repository. */
  readonly paths: readonly string[];
  readonly scope: (typeof SCOPES)[number];
  readonly policy: string | undefined;
  readonly lockfile: string | undefined;
  readonly samples: string | undefined;
  readonly baseline: string | undefined;
  /** Datasets to vet whatever changed, beside those of the policy. */
  readonly datasets: readonly string[];
  readonly failOn: FailOn;
  readonly warnOnly: boolean;
  readonly seed: number;
  readonly budgetSeconds: number | undefined;
  readonly cache: string | undefined;
  /** undefined: all processors. */
  readonly threads: number | undefined;
  readonly engine: GateRequest['engine'];
  readonly reportFolder: string | undefined;
  /** Reporter ids; `json` is always among them. */
  readonly formats: readonly string[];
  readonly summary: boolean;
  readonly annotations: boolean;
  readonly workingDirectory: string;
  readonly base: string | undefined;
  readonly head: string | undefined;
  readonly allowUntrustedExecution: boolean;
  readonly token: string | undefined;
}

/** More threads than any runner has cores: a typing error, not a wish. */
const MAX_THREADS = 1024;

/** Annotations go to the log and are no file. */
const FILE_FORMATS = reporters.map((one) => one.meta.id).filter((id) => id !== 'annotations');

/** Words a commit may be written in: no leading dash, which git would take for an option. */
const COMMIT = /^[0-9A-Za-z_][0-9A-Za-z_./~^@{}-]*$/;

/**
 * Reads all inputs from the `INPUT_*` variables the runner sets. An empty value is the same as leaving the input out
 * (that is what `${{ vars.UNSET }}` gives); anything else that is not allowed is an `arguments/invalid`, never a default.
 */
export function readInputs(environment: Readonly<Record<string, string | undefined>>): ActionInputs {
  const raw = (name: InputName): string => {
    const given = environment[`INPUT_${name.toUpperCase()}`]?.trim() ?? '';
    return given === '' ? INPUT_DEFAULTS[name] : given;
  };
  const text = (name: InputName): string | undefined => (raw(name) === '' ? undefined : raw(name));
  refuseUnknown(environment);

  const inputs: ActionInputs = {
    paths: lines(raw('paths')),
    scope: choice('scope', raw('scope'), SCOPES),
    policy: text('policy'),
    lockfile: text('lockfile'),
    samples: text('samples'),
    baseline: text('baseline'),
    datasets: lines(raw('dataset')),
    failOn: choice('fail-on', raw('fail-on'), FAIL_ON),
    warnOnly: yesOrNo('warn-only', raw('warn-only')),
    seed: wholeNumber('seed', raw('seed'), 0, Number.MAX_SAFE_INTEGER),
    budgetSeconds: raw('budget') === '' ? undefined : seconds('budget', raw('budget')),
    cache: text('cache'),
    threads: raw('threads') === 'auto' ? undefined : wholeNumber('threads', raw('threads'), 1, MAX_THREADS, '`auto` or '),
    engine: choice('engine', raw('engine'), ENGINES),
    reportFolder: text('report-folder'),
    formats: formats(raw('formats')),
    summary: yesOrNo('summary', raw('summary')),
    annotations: yesOrNo('annotations', raw('annotations')),
    workingDirectory: raw('working-directory'),
    base: commit('base', text('base')),
    head: commit('head', text('head')),
    allowUntrustedExecution: yesOrNo('allow-untrusted-execution', raw('allow-untrusted-execution')),
    token: text('token'),
  };
  if (inputs.warnOnly && inputs.failOn === 'warn') {
    throw invalid('warn-only', 'true', '`false` together with `fail-on: warn`: the two contradict each other');
  }
  return inputs;
}

/**
 * The runner hands unknown inputs on with a warning that nobody reads; a misspelt `fail-on` would leave a gate open.
 * Only names that are near one of ours are refused: other software may use INPUT_ variables of its own.
 */
function refuseUnknown(environment: Readonly<Record<string, string | undefined>>): void {
  const known = Object.keys(INPUT_DEFAULTS);
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith('INPUT_')) continue;
    const name = variable.slice('INPUT_'.length).toLowerCase();
    if (known.includes(name)) continue;
    const near = nearest(name.replaceAll('_', '-'), known);
    if (near === undefined) continue;
    throw new GateError({
      code: 'arguments/invalid',
      message: `There is no input "${name}".`,
      where: { field: name },
      nextStep: `Did you mean "${near}"? The inputs are: ${known.join(', ')}.`,
    });
  }
}

function lines(value: string): string[] {
  return value.split(/\r?\n/).map((one) => one.trim()).filter((one) => one !== '');
}

function choice<const Choice extends string>(name: InputName, value: string, allowed: readonly Choice[]): Choice {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw invalid(name, value, oneOf(allowed));
  return found;
}

function yesOrNo(name: InputName, value: string): boolean {
  if (/^(true|True|TRUE)$/.test(value)) return true;
  if (/^(false|False|FALSE)$/.test(value)) return false;
  throw invalid(name, value, oneOf(['true', 'false']));
}

function wholeNumber(name: InputName, value: string, least: number, most: number, or = ''): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  throw invalid(name, value, `${or}a whole number from ${least} to ${most}`);
}

function seconds(name: InputName, value: string): number {
  const number = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && number > 0) return number;
  throw invalid(name, value, 'a number of seconds above 0');
}

function formats(value: string): string[] {
  const named = value.split(/[\s,]+/).filter((one) => one !== '');
  for (const one of named) if (!FILE_FORMATS.includes(one)) throw invalid('formats', one, `any of ${FILE_FORMATS.map((id) => `\`${id}\``).join(', ')}`);
  return [...new Set(['json', ...named])];
}

function commit(name: InputName, value: string | undefined): string | undefined {
  if (value === undefined || (COMMIT.test(value) && !value.includes('..'))) return value;
  throw invalid(name, value, 'one commit: a SHA, a branch or a tag');
}

function oneOf(allowed: readonly string[]): string {
  return allowed.map((one) => `\`${one}\``).join(', ').replace(/, ([^,]*)$/, ' or $1');
}

function invalid(name: InputName, value: string, allowed: string): GateError {
  return new GateError({
    code: 'arguments/invalid',
    message: `The input \`${name}\` is "${value}"; allowed is ${allowed}.`,
    where: { field: name },
    nextStep: `Correct \`${name}\` under \`with:\` in the workflow file.`,
  });
}
