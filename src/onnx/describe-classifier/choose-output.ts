import type { GraphIndex } from '../graph-index.ts';
import type { OnnxDimension, OnnxType, OnnxValueInfo } from '../onnx-model.ts';
import { labelCount } from '../output-chain.ts';

export interface ChosenOutput {
  readonly name: string;
  /** Declared dimensions, when the graph declares any. */
  readonly shape: readonly OnnxDimension[] | undefined;
  /** False for an inner value that stands for an output the engine cannot hand over as numbers (ZipMap). */
  readonly isGraphOutput: boolean;
  /** Labels that the output lists itself. */
  readonly labelCount: number | undefined;
  readonly notes: readonly string[];
}

/** Outputs that go along with the class scores and are not them. */
const SIDE_OUTPUT = /aux|feat|embed|hidden|attention|penultimate|pool/i;

const FLOAT_TYPES: ReadonlySet<string> = new Set(['float', 'float16', 'double', 'bfloat16']);

/** Of several outputs the one that holds class scores, or why none does. */
export async function chooseOutput(index: GraphIndex): Promise<ChosenOutput | { readonly absence: string }> {
  const { outputs } = index.graph;
  const candidates = outputs.map((output) => candidateOf(index, output)).filter((candidate) => candidate !== undefined);
  const named = candidates.filter(({ name }) => !SIDE_OUTPUT.test(name));
  const chosen = named[0] ?? candidates[0];
  if (chosen === undefined) return { absence: absenceOf(outputs) };
  if (candidates.length === 1) return chosen;
  const others = candidates.filter((candidate) => candidate !== chosen).map(({ name }) => `"${name}"`);
  return { ...chosen, notes: [...chosen.notes, `Of several outputs "${chosen.name}" was taken for the class scores, not ${others.join(', ')}.`] };
}

function candidateOf(index: GraphIndex, output: OnnxValueInfo): ChosenOutput | undefined {
  const { name, type } = output;
  if (type.kind === 'sequence') return zipMapped(index, name);
  const declared = type.kind === 'unknown' ? index.types.get(name) : type;
  const shape = shapeOf(declared);
  if (declared !== undefined && declared.kind !== 'unknown') {
    if (declared.kind !== 'tensor' || !FLOAT_TYPES.has(declared.elementType)) return undefined;
    if (shape !== undefined && !isRowOfScores(shape)) return undefined;
  }
  return { name, shape, isGraphOutput: true, labelCount: undefined, notes: [] };
}

/** scikit-learn's converters make a map from label to probability of every row; the numbers lie in front of that. */
function zipMapped(index: GraphIndex, name: string): ChosenOutput | undefined {
  const node = index.producers.get(name);
  const scores = node?.inputs[0];
  if (node?.opType !== 'ZipMap' || node.domain !== 'ai.onnx.ml' || scores === undefined) return undefined;
  const count = labelCount(node);
  return {
    name: scores,
    shape: shapeOf(index.types.get(scores)),
    isGraphOutput: false,
    labelCount: count === 0 ? undefined : count,
    notes: [`The output "${name}" is a map from label to score; its numbers are taken from "${scores}" in front of it.`],
  };
}

function shapeOf(type: OnnxType | undefined): readonly OnnxDimension[] | undefined {
  return type?.kind === 'tensor' ? type.shape : undefined;
}

/** [batch, classes], the same with places of size one behind it, or [classes] for one input. */
function isRowOfScores(shape: readonly OnnxDimension[]): boolean {
  if (shape.length === 1) return true;
  if (shape.length < 2) return false;
  return shape.slice(2).every((dim) => dim === 1 || typeof dim !== 'number') && shape[1] !== 1;
}

function absenceOf(outputs: readonly OnnxValueInfo[]): string {
  const described = outputs.slice(0, 3).map(({ name, type }) => `"${name}" (${describeType(type)})`);
  return `No output is a row of class scores for an input: ${described.join(', ')}${outputs.length > 3 ? ' ...' : ''}.`;
}

export function describeType(type: OnnxType): string {
  if (type.kind !== 'tensor') return type.kind;
  return type.shape === undefined ? `${type.elementType} of unknown shape` : `${type.elementType} [${type.shape.map((dim) => dim ?? '?').join(', ')}]`;
}
