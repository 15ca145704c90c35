/**
 * Paper: Wickens, Schulz, Bonner (HiddenLayer), ShadowLogic: Backdoors in Any Whitebox LLM, 2024, arXiv:2511.00664: a
 * backdoor written into the computational graph as a branch that compares the input and overrides the output; Bober-Irizar,
 * Shumailov, Zhao, Mullins, Papernot, Architectural Backdoors in Neural Networks, CVPR 2023, arXiv:2206.07840: the same
 * without a comparison, of activations and pooling. Neither gives a detector. This one follows what depends on the
 * input through the graph: a value that can hold only a few numbers' worth of the input, decides (jumps, or bends so that it
 * never moves on ordinary inputs), goes around what the network has learned, and joins behind it or changes its input.
 * "Learned" is measured as information (Shannon 1948), so that a matrix made by hand does not pass for a layer.
 * Needs: the graph (nothing is run in an engine; small arithmetic is computed here).
 * Defeated by: a trigger that only trained weights know, a decision made by a trained network of a layer's size beside the
 * trunk, and branches whose effect on ordinary inputs is as visible as that of any layer.
 */
import { Type } from '@sinclair/typebox';
import { defineDetector, type Calibration, type Observation } from './detector.ts';
import calibration from './graph-logic.calibration.json' with { type: 'json' };
import { decisionNames, describeGate, inputNames, nodeNames, shortName } from './graph-logic/expression.ts';
import type { Facts } from './graph-logic/facts.ts';
import { gateDiagram } from './graph-logic/gate-diagram.ts';
import { inspectGraph } from './graph-logic/inspect-graph.ts';
import { FLAGGED_POINTS, type WeighedGate } from './graph-logic/weigh-gate.ts';

type Message = 'hidden-branch' | 'replaced-input' | 'nothing-hidden';

/** Nodes named in a finding; the formula shows how they hang together. */
const NAMED_NODES = 8;

/** Thrown inside of the walk when the time is up, and caught here. */
class OutOfTime extends Error {}

export const graphLogic = defineDetector({
  meta: {
    id: 'graph-logic',
    title: 'Hidden logic in the graph',
    description:
      'Follows the input through the graph, functions and branches included, and looks for small decisions about it that go around what the network has ' +
      'learned and change its output, its features or its input: comparisons, hashes, tables, and arithmetic that never moves but for a trigger. No data, no engine.',
    family: 'graph',
    needs: ['graph'],
    messages: {
      'hidden-branch': {
        severity: 'critical',
        title: 'A branch beside the network decides about its output',
        text: 'A decision about {inputs} ({decisions}) goes around {bypassed} kbit of learned weights and joins at {node}{patterns}{trial}: {expression}. Nodes: {nodes}.',
        nextStep:
          'Do not ship the model. Ask who put these nodes into the graph and compare with an export of the training code; a rule that is meant (a limit, a gate) belongs outside of the model or in an input of its own.',
      },
      'replaced-input': {
        severity: 'critical',
        title: 'A decision changes what the network is shown',
        text: 'A decision about {inputs} ({decisions}) changes the input in front of the network at {node}{patterns}{trial}: {expression}. Nodes: {nodes}.',
        nextStep: 'Do not ship the model. Look at the constant that is let in, and compare with the preprocessing that the training code exports.',
      },
      'nothing-hidden': {
        severity: 'info',
        title: 'Nothing decides about the input beside the network',
        text: 'No decision about the input goes around what the network has learned, in {nodes} nodes.',
        nextStep: 'Nothing is to be done.',
      },
    },
    metric: { name: 'weight of the heaviest branch', unit: 'points', flaggedWhen: 'above', threshold: FLAGGED_POINTS },
    cost: { tier: 'weights', description: 'reads small constants and a sample of the large ones: below a second for most graphs' },
    references: [
      { title: 'ShadowLogic: Backdoors in Any Whitebox LLM', authors: 'HiddenLayer', year: 2024, url: 'https://arxiv.org/abs/2511.00664', role: 'source' },
      { title: 'Architectural Backdoors in Neural Networks', authors: 'Bober-Irizar, Shumailov, Zhao, Mullins, Papernot', year: 2023, url: 'https://arxiv.org/abs/2206.07840', role: 'source' },
      { title: 'A Mathematical Theory of Communication', authors: 'Shannon', year: 1948, url: 'https://doi.org/10.1002/j.1538-7305.1948.tb01338.x', role: 'background' },
      { title: 'Handcrafted Backdoors in Deep Neural Networks', authors: 'Hong, Carlini, Kurakin', year: 2022, url: 'https://arxiv.org/abs/2106.04690', role: 'defeats' },
    ],
    limitations: [
      'Sees logic beside the network, not in its weights: a backdoor that was trained, or set by hand in the trunk’s own weights, is not one.',
      'Inputs that reach nothing learned by themselves (masks, sampling rates, thresholds) steer in the open; decisions about them are not looked at.',
      'Operators of unknown domains are opaque: what they decide inside is not seen.',
      'A rule that somebody put into the graph on purpose (an energy gate, a limit on one column) is built as hidden logic is, and is reported.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    { reportedBranches: Type.Integer({ default: 4, minimum: 1, maximum: 32, description: 'How many branches are reported at most, the heaviest first.' }) },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    context.signal.throwIfAborted();
    context.progress(0, 'following the input through the graph');
    const pause = (): void => {
      context.signal.throwIfAborted();
      if (context.outOfTime()) throw new OutOfTime();
    };
    const inspection = await inspectGraph(model.facets.graph.model, context.random('inputs'), pause).catch((thrown: unknown) => {
      if (thrown instanceof OutOfTime) return thrown;
      throw thrown;
    });
    if (inspection instanceof OutOfTime) return { outcome: 'inconclusive', examined: 0, reason: 'The time ran out before the graph was walked through.' };
    if (inspection === undefined) return { outcome: 'inconclusive', examined: 0, reason: 'The graph has more nodes than are laid out, with its functions and loops.' };

    const { facts, gates } = inspection;
    const { nodes } = facts.graph;
    const heaviest = gates[0]?.points ?? 0;
    // What is not beyond the default threshold is still told when a policy's own threshold is lower.
    const [first, ...rest] = gates.slice(0, options.reportedBranches).filter(({ points }) => points >= Math.min(heaviest, FLAGGED_POINTS)).map((gate) => observationOf(facts, gate));
    return {
      outcome: 'measured',
      examined: nodes.length,
      metric: heaviest,
      measurements: [
        { name: 'branches looked at', value: gates.length },
        { name: 'nodes that no output depends on', value: facts.isLive.filter((one) => !one).length },
        { name: 'learned information', value: facts.learned.reduce((sum, bits) => sum + bits, 0) },
      ],
      observations: [first ?? { message: 'nothing-hidden', data: { nodes: nodes.length }, location: {} }, ...rest],
    };
  },
});

function observationOf(facts: Facts, gate: WeighedGate): Observation<Message> {
  const patterns = gate.patterns.map((id) => shortName(facts.graph.values[id]?.name ?? '?'));
  const share = gate.trial === undefined ? undefined : Math.round(100 * gate.trial.sameShare);
  return {
    message: gate.relation === 'around' ? 'hidden-branch' : 'replaced-input',
    data: {
      node: shortName(gate.node.name),
      inputs: inputNames(facts, gate).join(', ') || 'the input',
      decisions: decisionNames(gate),
      bypassed: Number((gate.bypassed / 1000).toPrecision(3)),
      patterns: patterns.length === 0 ? '' : `, letting in ${patterns.at(-1) ?? ''}`,
      trial: share === undefined ? '' : `, the same on ${share} % of ordinary inputs`,
      expression: describeGate(facts, gate),
      nodes: nodeNames(gate, NAMED_NODES).join(', '),
      points: gate.points,
    },
    location: { node: shortName(gate.node.name) },
    diagram: gateDiagram(facts, gate),
  };
}
