import { flattenGraph } from '../../onnx/flatten-graph.ts';
import type { OnnxModel } from '../../onnx/onnx-model.ts';
import type { RandomSource } from '../../statistics/random.ts';
import { readConstants } from './constants.ts';
import { establishFacts, type Facts } from './facts.ts';
import { findGates, type Gate } from './find-gates.ts';
import { tryGate } from './try-gate.ts';
import { weightOfAppended, type AppendedWeight } from './weight-of-appended.ts';
import { weighGate, worthTrying, type WeighedGate } from './weigh-gate.ts';

export interface Inspection {
  readonly facts: Facts;
  /** The heaviest first; of those that rest on the same decisions, the heaviest only. */
  readonly gates: readonly WeighedGate[];
}

/** Gates tried by computing them; the others keep the points they have without it. */
const MAX_TRIALS = 64;

/** Undefined when the graph is too large to be laid out. `pause` throws to stop. */
export async function inspectGraph(model: OnnxModel, random: RandomSource, pause: () => void): Promise<Inspection | undefined> {
  const graph = flattenGraph(model);
  if (graph === undefined) return undefined;
  const facts = establishFacts(graph, await readConstants(graph, pause), pause);
  const weighed: WeighedGate[] = [];
  let trials = 0;
  for (const found of findGates(facts, pause)) {
    const gate = found.isAppended ? carried(found, await weightOfAppended(facts, found.node, found.value)) : found;
    const trial = worthTrying(gate) && trials++ < MAX_TRIALS ? await tryGate(facts, gate, random, pause) : undefined;
    weighed.push({ ...gate, trial, points: weighGate(gate, trial) });
  }
  weighed.sort((a, b) => b.points - a.points || a.node.id - b.node.id);
  return { facts, gates: distinct(weighed) };
}

function carried(gate: Gate, { largest, ratio }: AppendedWeight): Gate {
  return { ...gate, gain: Math.min(Number.MAX_VALUE, gate.gain * largest), weightRatio: ratio };
}

/** One decision often joins in several places. */
function distinct(gates: readonly WeighedGate[]): readonly WeighedGate[] {
  const seen = new Set<number>();
  return gates.filter(({ decisions }) => {
    const isNew = decisions.some(({ node }) => !seen.has(node.id));
    for (const { node } of decisions) seen.add(node.id);
    return isNew;
  });
}
