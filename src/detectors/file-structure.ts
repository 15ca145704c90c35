/**
 * Paper: Zhao and others, Models Are Codes: Towards Measuring Malicious Code Poisoning Attacks on Pre-trained Model Hubs,
 * ASE 2024, arXiv:2409.09368 (what models carry besides weights). Rules: what a file says of itself in two places agrees,
 * and what it declares is something that models need.
 * Needs: what the reader found odd about layout and declarations (structure).
 * Defeated by: a file whose layout is sound; payloads spread over the weights themselves leave no trace here.
 */
import { Type } from '@sinclair/typebox';
import { FILE_ODDITIES, type FileOddity } from '../model/structure.ts';
import { defineDetector, type Detection, type Observation } from './detector.ts';
import { FILE_STRUCTURE_MESSAGES, type FileStructureMessage } from './file-structure/messages.ts';
import { detailsAtMost } from './details-at-most.ts';
import { SEVERITY_LEVELS } from './severity-levels.ts';

/** Between medium and high: what nobody vouches for is "could not tell", what should not be there is a finding. */
const THRESHOLD = 2.5;
/** Oddities told in the reason of an inconclusive result. */
const TOLD = 5;

export const fileStructure = defineDetector({
  meta: {
    id: 'file-structure',
    title: 'Files whose layout or declarations are not those of a model',
    description:
      'Judges what a format reader found odd about a file that holds no program of its own: the same key twice, data that overlap or belong to nothing, files and ' +
      'addresses outside of the model, executables and scripts in its descriptions, operators and classes that need code from elsewhere.',
    family: 'file',
    needs: ['structure'],
    messages: FILE_STRUCTURE_MESSAGES,
    metric: { name: 'severity of the worst observation', unit: 'of 4 (2 medium, 3 high, 4 critical)', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'weights', description: 'looks at what reading the file found: milliseconds' },
    references: [
      { title: 'Models Are Codes: Towards Measuring Malicious Code Poisoning Attacks on Pre-trained Model Hubs', authors: 'Zhao and others', year: 2024, url: 'https://arxiv.org/abs/2409.09368', role: 'source' },
      { title: 'EvilModel: Hiding Malware Inside of Neural Network Models', authors: 'Wang, Liu, Cui', year: 2021, url: 'https://arxiv.org/abs/2107.08590', role: 'defeats' },
    ],
    limitations: [
      'Descriptions are searched for signs of programs, not understood; a program in an encoding of its own is not seen.',
      'What an operator or class from elsewhere does is not known here; a file that needs one is inconclusive.',
      'Data hidden in the values of the weights are for the detectors of weights.',
    ],
    lifecycle: 'stable',
    since: '0.2.0',
  },
  options: Type.Object(
    {
      maximumObservations: Type.Integer({ default: 20, minimum: 1, maximum: 1000, description: 'How many observations of one kind are reported; the rest is counted.' }),
      allow: Type.Array(Type.String({ minLength: 1 }), {
        default: [], description: 'Places, such as com.example:MyOperator, whose custom operators, classes and extensions are known and harmless.',
      }),
    },
    { additionalProperties: false },
  ),

  async detect(model, options, context): Promise<Detection<FileStructureMessage>> {
    context.signal.throwIfAborted();
    const { examined, oddities } = model.facets.structure;
    if (context.outOfTime()) return { outcome: 'inconclusive', examined: 0, reason: 'The time ran out before the structure was looked at.' };
    context.progress(0, 'structure');
    const allow = new Set(options.allow);
    const counted = oddities.filter(({ kind, place }) => !(VOUCHABLE.has(kind) && allow.has(place)));
    const level = (kind: FileStructureMessage): number => SEVERITY_LEVELS[FILE_STRUCTURE_MESSAGES[kind].severity];
    const observations = FILE_ODDITIES.flatMap((kind) => atMost(counted.filter((one) => one.kind === kind), options.maximumObservations))
      .sort((one, other) => level(other.message) - level(one.message));
    const [first, ...rest] = observations;
    const metric = first === undefined ? 0 : level(first.message);
    // The layout itself is looked at, so a file without declarations has been examined too.
    const common = { examined: examined + 1, measurements: [{ name: 'declarations', value: examined }, { name: 'oddities', value: counted.length }] };
    const unvouched = observations.filter(({ message }) => level(message) === SEVERITY_LEVELS.medium);
    if (metric < THRESHOLD && unvouched.length > 0) {
      const told = unvouched.slice(0, TOLD).map(({ data }) => `${String(data['place'])}: ${String(data['detail'])}`);
      const more = unvouched.length > TOLD ? `; and ${String(unvouched.length - TOLD)} more` : '';
      return { ...common, outcome: 'inconclusive', reason: `Nobody vouches for what the file declares: ${told.join('; ')}${more}.` };
    }
    return {
      ...common, outcome: 'measured', metric,
      observations: first === undefined ? [{ message: 'sound-structure', data: { count: examined }, location: {} }] : [first, ...rest],
    };
  },
});

/** What somebody who knows it can allow; a fault of the layout stays one. */
const VOUCHABLE: ReadonlySet<string> = new Set(['custom-operator', 'unknown-class', 'unknown-extension']);

function atMost(oddities: readonly FileOddity[], most: number): Observation<FileStructureMessage>[] {
  return detailsAtMost(oddities, most).map(({ kind, place, detail, bytes }) => ({
    message: kind, data: { place, detail }, location: bytes === undefined ? {} : { bytes: { ...bytes } },
  }));
}
