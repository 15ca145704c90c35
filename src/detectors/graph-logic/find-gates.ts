import { FLAT_DOMAIN, type FlatNode } from '../../onnx/flatten-graph.ts';
import { coneOf, contentsOf, isNarrow, learnedIn } from './cones.ts';
import { decisionOf, gainOf, type Decision } from './decisions.ts';
import { diamondOf } from './diamond.ts';
import type { Facts } from './facts.ts';

/** A place where a narrow decision about the input meets what the network carries. */
export interface Gate {
  /** Where they meet. */
  readonly node: FlatNode;
  /** What decides. */
  readonly value: number;
  /** What it decides about; empty where it chooses between constants only. */
  readonly carriers: readonly number[];
  /** Nodes that the decision has to itself, in the order of computation; those that the network shares are not among them. */
  readonly own: readonly FlatNode[];
  readonly decisions: readonly { readonly node: FlatNode; readonly decision: Decision }[];
  /** Constants with more than one number that the decision lets in: an image, a row of scores. */
  readonly patterns: readonly number[];
  /** `around`: it joins behind learned layers that it did not pass; `before`: it changes the input of the network. */
  readonly relation: 'around' | 'before';
  /** How much larger a change of what it looks at is where it joins. */
  readonly gain: number;
  /** It is laid beside the features and a learned layer decides what becomes of it. */
  readonly isAppended: boolean;
  /** How many times as large that layer's weights for it are as those for the features beside it; 1 until that is looked up. */
  readonly weightRatio: number;
  /** A decision a place, not one for the whole input. */
  readonly isWide: boolean;
  /** Layers of its own that were learned: a gate that training made, as a mixture of experts has. */
  readonly isTrained: boolean;
  /** Learned bits it goes around, and learned bits of its own. */
  readonly bypassed: number;
  readonly learned: number;
}

/** Learned bits that something has to have gone around at least: a small linear layer has more. */
const MIN_BYPASSED_BITS = 128;

/** A network that goes around a part of itself has less learned in the way around than in the part, but not next to nothing. */
const MIN_BYPASS_RATIO = 4;

/** A gate made by hand holds no more bits than these: a template of a few hundred numbers, ... */
const MAX_CONSTRUCTED_BITS = 4096;
/** ... or, in a large network, this share of what it goes around. */
const MAX_CONSTRUCTED_SHARE = 0.02;
/** A gate behind learned layers, of its own weights: a threshold or two, not a layer. */
const MAX_BITS_BEHIND_LAYERS = 256;

/** A gate in front of the network has seen nothing learned. */
const MAX_BITS_BEFORE = 64;

/** Operands that say where, how many or how large, by operator. They are gates only where there is something to choose from. */
const PLACES: Readonly<Record<string, readonly number[]>> = {
  Gather: [1], GatherND: [1], GatherElements: [1], ArrayFeatureExtractor: [1], Slice: [1, 2, 3, 4], SequenceAt: [1], Compress: [1], Reshape: [1], Expand: [1], Tile: [1], Pad: [1], Resize: [1, 2, 3],
  TopK: [1], OneHot: [0, 1], Unsqueeze: [1], Squeeze: [1], ReverseSequence: [1], RoiAlign: [1, 2], Split: [1], CumSum: [1], Trilu: [1], NonMaxSuppression: [0, 1, 2, 3, 4], Range: [0, 1, 2], LSTM: [4],
  GRU: [4], RNN: [4], ConstantOfShape: [0],
};

/** Operators that pick among what the first operand holds. */
const PICKING: ReadonlySet<string> = new Set(['Gather', 'GatherND', 'GatherElements', 'ArrayFeatureExtractor', 'Slice', 'SequenceAt', 'Compress']);

const APPENDING: ReadonlySet<string> = new Set(['Concat', 'Join', 'Stack', 'SequenceConstruct', 'SequenceInsert']);

/** Every gate of a graph that is not plainly something else. */
export function findGates(facts: Facts, pause: () => void): readonly Gate[] {
  const gates: Gate[] = [];
  for (const node of facts.graph.nodes) {
    if (facts.isLive[node.id] !== true) continue;
    const contents = contentsOf(facts, node);
    if (contents.length < 2) continue;
    for (const value of contents) {
      if (!isNarrow(facts, value) && !isMap(facts, value)) continue;
      pause();
      const gate = gateAt(facts, node, value, contents.filter((other) => other !== value), pause);
      if (gate !== undefined) gates.push(gate);
    }
  }
  return gates;
}

/** Axes of an image's input: batch, channels, height, width. */
const IMAGE_RANK = 4;

/** One decision a place of an image, made of nothing learned: it says where, and may say it in the middle of the network. */
function isMap(facts: Facts, value: number): boolean {
  const isImage = facts.dataInputs.every((id) => (facts.known[id]?.shape?.length ?? 0) >= IMAGE_RANK);
  return isImage && facts.isContent[value] === true && (facts.depth[value] ?? Infinity) <= MAX_CONSTRUCTED_BITS && facts.graph.values[value]?.isInput === false;
}

function gateAt(facts: Facts, node: FlatNode, value: number, carriers: readonly number[], pause: () => void): Gate | undefined {
  const { own, around } = diamondOf(facts, value, carriers, pause);
  const decisions = own.flatMap((one) => { const decision = decisionOf(facts, one); return decision === undefined ? [] : [{ node: one, decision }]; });
  const here = decisionOf(facts, node);
  // The condition of a choice may be the input itself, made a truth value elsewhere.
  if (here === 'hard' && isCondition(node, value)) decisions.push({ node, decision: here });
  if (decisions.length === 0) return undefined;

  const bypassed = learnedIn(facts, around);
  const learned = learnedIn(facts, own);
  const relation = relationOf(facts, { node, carriers, bypassed, learned, all: facts.depth[value] ?? Infinity, carried: Math.max(0, ...carriers.map((id) => facts.depth[id] ?? Infinity)) });
  const isWide = !isNarrow(facts, value);
  if (relation === undefined || (isWide && relation === 'before')) return undefined;
  if (isEnsemble(own, around) || isAmongPeers(facts, node, value, bypassed) || (relation === 'around' && judgesCarrier(facts, own, carriers))) return undefined;
  const patterns = patternsOf(facts, node, value, own, decisions.map((one) => one.node));
  if (isOnlyAPlace(facts, node, value, patterns)) return undefined;
  return {
    node, value, carriers, own, decisions, patterns, relation, gain: gainTo(facts, own, value), isAppended: isAppended(facts, node), weightRatio: 1, isWide, isTrained: own.some((one) => isTrainedLayer(facts, one)), bypassed, learned,
  };
}

function isCondition(node: FlatNode, value: number): boolean {
  return node.inputs[0] === value && (node.opType === 'Where' || (node.domain === FLAT_DOMAIN && (node.opType === 'Choose' || node.opType === 'Repeat')));
}

interface Weighing {
  readonly node: FlatNode;
  readonly carriers: readonly number[];
  readonly bypassed: number;
  readonly learned: number;
  readonly all: number;
  readonly carried: number;
}

function relationOf(facts: Facts, { node, carriers, bypassed, learned, all, carried }: Weighing): Gate['relation'] | undefined {
  const constructed = Math.max(MAX_CONSTRUCTED_BITS, MAX_CONSTRUCTED_SHARE * bypassed);
  const limit = all <= constructed ? constructed : MAX_BITS_BEHIND_LAYERS;
  if (bypassed >= MIN_BYPASSED_BITS && bypassed >= MIN_BYPASS_RATIO * learned && learned <= limit) return 'around';
  if (carried > MAX_BITS_BEFORE || all > MAX_CONSTRUCTED_BITS || !node.outputs.some((id) => facts.isBeforeLearned[id] === true)) return undefined;
  // What replaces a part of the input that is narrow itself is no more than a function of that part.
  const isWhole = carriers.some((id) => !isNarrow(facts, id) && 2 * (facts.width[id] ?? 0) >= (facts.inputSize[id] ?? Infinity));
  return isWhole && !APPENDING.has(node.opType) ? 'before' : undefined;
}

/** Trees, machines and the like that are added up: what joins is one more of what is there already. */
function isEnsemble(own: readonly FlatNode[], others: readonly FlatNode[]): boolean {
  const models = own.filter(({ domain }) => domain === 'ai.onnx.ml');
  const count = (nodes: readonly FlatNode[], opType: string): number => nodes.filter((one) => one.domain === 'ai.onnx.ml' && one.opType === opType).length;
  return models.some(({ opType }) => /^(Tree|SVM|Linear)/.test(opType)) && models.every(({ opType }) => count(others, opType) >= 2 * count(own, opType) || !/^(Tree|SVM|Linear)/.test(opType));
}

/** Share of what a gate goes around that peers of its own kind hold, where they are what is added up. */
const PEERS_SHARE = 0.5;

/** Terms of one model are of one kind and of about one size; a template of few numbers is no peer of a learned layer. */
const MAX_PEER_RATIO = 16;

/** Additive models: what joins is built as the other terms are, and they hold most of what was learned. */
function isAmongPeers(facts: Facts, node: FlatNode, value: number, bypassed: number): boolean {
  const isSum = (one: FlatNode | undefined): one is FlatNode => one !== undefined && ['Add', 'Sum', 'Mean', 'Concat'].includes(one.opType);
  if (!isSum(node)) return false;
  const kindOf = (nodes: readonly FlatNode[]): string => nodes.map(({ opType }) => opType).sort().join(' ');
  const mine = coneOf(facts, [value]);
  const own = kindOf(mine);
  const most = MAX_PEER_RATIO * Math.max(1, learnedIn(facts, mine));
  const open = contentsOf(facts, node).filter((id) => id !== value);
  const seen = new Set<number>();
  let bits = 0;
  for (let id = open.pop(); id !== undefined && seen.size < MAX_PEERS; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const producer = facts.graph.values[id]?.producer;
    const cone = coneOf(facts, [id]);
    if (kindOf(cone) === own) {
      const learned = learnedIn(facts, cone);
      if (learned <= most) bits += learned;
    } else if (isSum(producer)) open.push(...contentsOf(facts, producer));
  }
  return bits > 0 && bits >= PEERS_SHARE * bypassed;
}

/** Terms of a sum that are compared: an additive model of more features has its first ones among them. */
const MAX_PEERS = 512;

/** All that it looks at is one of the results it chooses from: whether a first answer is sure enough. */
function judgesCarrier(facts: Facts, own: readonly FlatNode[], carriers: readonly number[]): boolean {
  const mine = new Set(own.flatMap((node) => node.outputs));
  const seen = new Set(own.flatMap((node) => contentsOf(facts, node)).filter((id) => !mine.has(id)));
  return seen.size > 0 && [...seen].every((id) => carriers.includes(id) && facts.graph.values[id]?.isInput === false);
}

/** Bits a weight of a matrix that training made has at least: all weights differ. One made by hand repeats a few numbers. */
const MIN_TRAINED_BITS = 3.5;

/** A layer of several outputs and inputs with weights as training leaves them. One output alone may be a template. */
function isTrainedLayer(facts: Facts, node: FlatNode): boolean {
  return node.inputs.some((id) => {
    const constant = id === undefined || (facts.learned[node.id] ?? 0) === 0 ? undefined : facts.constants.values.get(id);
    if (constant === undefined || constant.shape.length < 2) return false;
    const outputs = node.opType === 'Conv' ? (constant.shape[0] ?? 1) : Math.min(...constant.shape);
    return outputs > 1 && constant.bits >= MIN_TRAINED_BITS * constant.shape.reduce((product, dim) => product * dim, 1);
  });
}

/** Constants that come together with the decision once it is made. */
function patternsOf(facts: Facts, node: FlatNode, value: number, own: readonly FlatNode[], decisions: readonly FlatNode[]): readonly number[] {
  const decided = new Set<number>(decisions.flatMap((one) => one.outputs));
  const found = new Set<number>();
  const look = (one: FlatNode): void => {
    for (const id of one.inputs) {
      if (id === undefined || facts.isContent[id] === true) continue;
      const constant = patternBehind(facts, id);
      if (constant && !isArrangement(one, id)) found.add(id);
    }
  };
  for (const one of own) {
    const isTable = one.opType === 'Gather' && decisions.includes(one);
    if (one.inputs.some((id) => id !== undefined && decided.has(id)) || isTable) {
      // The pattern that a decision compares with is not one that it lets in.
      if (!decisions.includes(one) || one.opType === 'Where' || one.opType === 'Mul' || one.domain === FLAT_DOMAIN) look(one);
      for (const id of one.outputs) decided.add(id);
    }
  }
  // The weights of a layer that takes the decision in are not let in by it.
  if (decided.has(value) && (facts.learned[node.id] ?? 0) === 0) look(node);
  return [...found];
}

/** Offsets and places: a constant of which the operator only asks where. */
function isArrangement(node: FlatNode, id: number): boolean {
  return (PLACES[node.opType] ?? []).some((at) => node.inputs[at] === id) || node.opType === 'ScatterND' || node.opType === 'Concat' || node.opType.startsWith('Reduce') || node.opType === 'Pad' || node.opType === 'Expand';
}

function patternBehind(facts: Facts, id: number): boolean {
  const constant = facts.constants.values.get(id);
  if (constant !== undefined) return constant.isPattern;
  const array = facts.known[id]?.array;
  if (array !== undefined) return array.data.some((one) => one !== array.data[0]);
  // Not a constant and not content: made of constants only, or of what merely steers.
  return facts.graph.values[id]?.producer?.inputs.some((one) => one !== undefined && facts.isContent[one] !== true && patternBehind(facts, one)) ?? false;
}

/** A place within something of one kind (the last token, a box to crop, a length), and nothing to choose from. */
function isOnlyAPlace(facts: Facts, node: FlatNode, value: number, patterns: readonly number[]): boolean {
  const places = PLACES[node.opType];
  if (node.domain === FLAT_DOMAIN || places === undefined || !places.some((at) => node.inputs[at] === value)) return false;
  if (!PICKING.has(node.opType)) return true;
  return patterns.length === 0 && !isAssortment(facts, node.inputs[0]);
}

const SHAPING: ReadonlySet<string> = new Set(['Reshape', 'Unsqueeze', 'Squeeze', 'Transpose', 'Identity', 'Cast', 'Flatten', 'Expand']);

/** Alternatives side by side: not all of them come from the same layers, or one is a constant. */
function isAssortment(facts: Facts, id: number | undefined): boolean {
  let node = id === undefined ? undefined : facts.graph.values[id]?.producer;
  while (node !== undefined && SHAPING.has(node.opType)) node = node.inputs[0] === undefined ? undefined : facts.graph.values[node.inputs[0]]?.producer;
  if (node === undefined || !APPENDING.has(node.opType)) return false;
  const parts = node.inputs.filter((one): one is number => one !== undefined);
  if (parts.some((one) => facts.isContent[one] !== true)) return true;
  const bits = parts.map((one) => learnedIn(facts, coneOf(facts, [one])));
  return Math.max(...bits) > MIN_BYPASS_RATIO * Math.max(1, Math.min(...bits));
}

/** The product of what its own nodes make a change larger by, along the way on which that is most. */
function gainTo(facts: Facts, own: readonly FlatNode[], value: number): number {
  const gains = new Map<number, number>();
  for (const node of own) {
    const before = Math.max(1, ...contentsOf(facts, node).map((id) => gains.get(id) ?? 1));
    const gain = Math.min(Number.MAX_VALUE, before * gainOf(facts, node));
    for (const id of node.outputs) gains.set(id, gain);
  }
  return gains.get(value) ?? 1;
}

/** A pattern of few bits an element is no learned layer. */
const MIN_LEARNED_BITS_A_WEIGHT = 2;

/** Laid beside features, in front of a layer that has learned what to make of both. */
function isAppended(facts: Facts, node: FlatNode): boolean {
  if (!APPENDING.has(node.opType)) return false;
  const open = [...node.outputs];
  const seen = new Set<number>();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    for (const next of facts.consumers[id] ?? []) {
      const bits = facts.learned[next.id] ?? 0;
      if (bits === 0) open.push(...next.outputs);
      else {
        const weights = next.inputs.reduce<number>((sum, one) => sum + (one !== undefined && facts.isContent[one] !== true ? (facts.known[one]?.shape?.reduce((product, dim) => product * dim, 1) ?? 0) : 0), 0);
        if (bits > MIN_LEARNED_BITS_A_WEIGHT * weights) return true;
      }
    }
  }
  return false;
}
