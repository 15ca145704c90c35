/**
 * Paper: Kellas and others, PickleBall: Secure Deserialization of Pickle-based Machine Learning Models, CCS 2025,
 * arXiv:2508.15987: lists of what a library's own models need stop what lists of dangerous names do not. Rules: everything outside the lists in loading-code/names
 * is a finding; the list of dangerous names only explains and makes it worse. Operators of TensorFlow that read, write
 * and connect: Nabeel and Starov, Deep Dive into the Abuse of DL APIs To Create Malicious AI Models, 2026, arXiv:2601.04553; judged by what they are given.
 * Needs: what loading the file would do (code).
 * Defeated by: a listed class whose own state setter does harm with what the file gives it, code that a model brings in other
 * files, and paths that a graph takes from its variables.
 */
import { Type } from '@sinclair/typebox';
import { GateError } from '../errors.ts';
import { defineDetector, type Detection, type Observation } from './detector.ts';
import { LOADING_CODE_MESSAGES, type LoadingCodeMessage } from './loading-code/messages.ts';
import { observeProgram } from './loading-code/observe-program.ts';
import { SEVERITY_LEVELS } from './severity-levels.ts';

/** Between medium and high: what nobody vouches for is "could not tell", what should not be there is a finding. */
const THRESHOLD = 2.5;
/** Observations one result carries; the worst come first. A file with more different ones needs no longer list. */
const MAX_OBSERVATIONS = 200;
/** Names told in the reason of an inconclusive result. */
const TOLD = 5;

export const loadingCode = defineDetector({
  meta: {
    id: 'loading-code',
    title: 'Code that loading the file would run',
    description:
      'Follows what loading the file would import, call and build, without loading it, and compares every name with the lists of what the files of known ' +
      'frameworks need. What is on no list is reported; what is known to run commands, read files or open connections is reported as critical. Follows pickles, ' +
      'configurations of Keras with the functions in them, and the operators of TensorFlow with the paths and addresses they are given.',
    family: 'file',
    needs: ['code'],
    messages: LOADING_CODE_MESSAGES,
    metric: { name: 'severity of the worst observation', unit: 'of 4 (2 medium, 3 high, 4 critical)', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'weights', description: 'looks up some hundred names: milliseconds' },
    references: [
      { title: 'PickleBall: Secure Deserialization of Pickle-based Machine Learning Models', authors: 'Kellas and others', year: 2025, url: 'https://arxiv.org/abs/2508.15987', role: 'source' },
      { title: 'Deep Dive into the Abuse of DL APIs To Create Malicious AI Models and How to Detect Them', authors: 'Nabeel and Starov', year: 2026, url: 'https://arxiv.org/abs/2601.04553', role: 'source' },
      { title: 'The Art of Hide and Seek: Making Pickle-Based Model Supply Chain Poisoning Stealthy Again', authors: 'Liu and others', year: 2025, url: 'https://arxiv.org/abs/2508.19774', role: 'defeats' },
      { title: 'Never a dill moment: Exploiting machine learning pickle files', authors: 'Trail of Bits', year: 2021, url: 'https://blog.trailofbits.com/2021/03/15/never-a-dill-moment-exploiting-machine-learning-pickle-files/', role: 'background' },
    ],
    limitations: [
      'What listed classes do with their state is trusted: a fault of a framework’s own loading code is not seen.',
      'A path that a graph of TensorFlow takes from a variable, or is given when it runs, is not known.',
      'Classes of your own are on no list, so a model that holds them is inconclusive until the policy allows them by name.',
      'Code that a program runs with the loaded object afterwards is not followed.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      allow: Type.Array(Type.String({ minLength: 1 }), {
        default: [], description: 'Full names, such as mypackage.Model, that files may use besides the listed ones; names on the list of dangerous ones stay findings.',
      }),
    },
    { additionalProperties: false },
  ),

  async detect(model, options, context): Promise<Detection<LoadingCodeMessage>> {
    context.signal.throwIfAborted();
    const { programs, unexamined } = model.facets.code;
    if (context.outOfTime()) return { outcome: 'inconclusive', examined: 0, reason: 'The time ran out before the names were looked up.' };
    const allow = new Set(options.allow);
    context.progress(0, 'names');
    const observations: Observation<LoadingCodeMessage>[] = [];
    for (const [index, program] of programs.entries()) {
      context.progress(index / programs.length, program.place);
      context.signal.throwIfAborted();
      observations.push(...observeProgram(program, allow));
    }
    const level = ({ message }: Observation<LoadingCodeMessage>): number => SEVERITY_LEVELS[LOADING_CODE_MESSAGES[message].severity];
    const sorted = [...observations].sort((left, right) => level(right) - level(left));
    const [worst] = sorted;
    const metric = worst === undefined ? 0 : level(worst);
    const examined = Math.max(1, programs.reduce((sum, program) => sum + program.actions.length, 0));
    const measurements = [
      { name: 'different actions', value: examined },
      { name: 'names on no list', value: new Set(observations.map(({ data }) => data['name'])).size },
    ];

    if (metric <= THRESHOLD) {
      const broken = programs.find((one) => one.break !== undefined && one.runs === 'load')?.break;
      if (broken !== undefined) throw brokenFile(model.artifact.path, broken);
      const reasons = [...sorted.filter((one) => level(one) >= SEVERITY_LEVELS.medium).map(reasonOf), ...unexamined.map(({ range, reason }) => `${reason} (offset ${String(range.offset)})`)];
      if (reasons.length > 0) {
        const more = reasons.length > TOLD ? `; and ${String(reasons.length - TOLD)} more` : '';
        return { outcome: 'inconclusive', examined, measurements, reason: `Nobody vouches for what loading the file does: ${reasons.slice(0, TOLD).join('; ')}${more}. Allow known names in the policy (detectors.loading-code.allow).` };
      }
    }
    const [first, ...rest] = sorted.slice(0, MAX_OBSERVATIONS);
    return {
      outcome: 'measured', metric, examined, measurements,
      observations: [first ?? { message: 'only-listed', data: { count: examined }, location: {} }, ...rest],
    };
  },
});

function reasonOf({ message, data }: Observation<LoadingCodeMessage>): string {
  const { title } = LOADING_CODE_MESSAGES[message];
  const what = data['name'] ?? data['detail'] ?? '';
  return `${title.toLowerCase().replace(/^a /, 'a ')} (${String(what)}, ${String(data['place'])})`;
}

function brokenFile(artifact: string, broken: { readonly code: 'format/truncated' | 'format/malformed' | 'format/limit-exceeded' | 'format/unsupported'; readonly message: string; readonly offset: number }): GateError {
  return new GateError({
    code: broken.code, message: broken.message, where: { artifact, offset: broken.offset },
    nextStep: 'Do not load the file. Fetch it again, or write it again from its source.',
  });
}
