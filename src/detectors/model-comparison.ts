/**
 * Paper: what an attacker writes into a trained network is narrow, and training is not: single neurons (Hong, Carlini,
 * Kurakin, Handcrafted Backdoors in Deep Neural Networks, NeurIPS 2022, arXiv:2106.04690), rank-one edits (Li et al.,
 * BadEdit, ICLR 2024, arXiv:2403.13355), branches of the graph (Bober-Irizar et al., Architectural Backdoors, CVPR 2023,
 * arXiv:2206.07840). What poisoned training leaves is a class that a common change of all inputs reaches in the later
 * version and not in the earlier one; the search is that of universal perturbations (Wang et al. 2020, arXiv:2007.15802).
 * Needs: the tensors and the trusted earlier version; uses the graph, and a classifier with its gradient, where they are there.
 * Defeated by: an edit hidden in a broad update (a fine-tune of everything afterwards, noise of its own size), a backdoor
 * that the earlier version already holds, triggers that act on one source class only or move all classes, and low-rank
 * adapters that are honest are told apart from edits only from rank three on.
 */
import { Type } from '@sinclair/typebox';
import { compareReach, shuffledOutcome, type EarlierVersion } from '../inversion/compare-reach.ts';
import { describeOrigin } from '../inversion/describe-origin.ts';
import type { Growth } from '../inversion/race-targets.ts';
import { leadOf, type Lead } from '../inversion/lead-of.ts';
import { rateOf } from '../inversion/outcome-of.ts';
import { prepareSearch } from '../inversion/prepare-search.ts';
import { recoveredPicture } from '../inversion/recovered-picture.ts';
import { heldOutFor, type Search } from '../inversion/search.ts';
import type { Facets } from '../model/facets.ts';
import type { Model } from '../model/model.ts';
import type { TriggerPicture } from '../model/trigger-picture.ts';
import { logOdds } from '../statistics/log-odds.ts';
import { geometricBounds, type AdjustableTrigger } from '../triggers/adjustable-trigger.ts';
import { additiveTrigger } from '../triggers/adjustable/additive.ts';
import { stripesTrigger } from '../triggers/adjustable/stripes.ts';
import type { ImageShape } from '../triggers/trigger.ts';
import { className } from './class-name.ts';
import { defineDetector, type Calibration, type DetectContext, type Measurement } from './detector.ts';
import { canonicalGraph } from './model-comparison/canonical-graph.ts';
import { compareAnswers } from './model-comparison/compare-answers.ts';
import { compareGraphs, type GraphChange } from './model-comparison/compare-graphs.ts';
import { compareLayers, type LayersChange } from './model-comparison/compare-layers.ts';
import { testTriggersApart, type TestedApart } from './model-comparison/test-triggers-apart.ts';
import { weightSigns, type Sign, type WeightMessage } from './model-comparison/weight-signs.ts';
import calibration from './model-comparison.calibration.json' with { type: 'json' };
import { pauseOf } from './pause-of.ts';
import { predictionsOf } from './trigger-testing/image-set.ts';
import { targetOf } from './trigger-testing/label-effect.ts';
import { movedImages } from './trigger-testing/test-triggers.ts';
import { triggerPicture } from './trigger-testing/trigger-picture.ts';

/** Strength of a sign at its limit. */
const THRESHOLD = 1;

/** A second way into the trunk is a fact, not a matter of degree. */
const BRANCH_STRENGTH = 2;

/** Less of the weights inherited, and the two are no versions of one model. */
const MINIMUM_INHERITED = 0.5;

/** Weights and answers that differ by less differ by rounding, and what rounding does to a class nobody can ask for. */
const SAME_WEIGHTS = 1e-3;
const SAME_ANSWERS = 0.02;

/**
 * A class is reached from this share of the held-out inputs on. Less than a majority is enough, because that the earlier
 * version keeps its answers is asked as well; below, a few inputs at the border decide.
 */
const REACHED_RATE = 1 / 3;

/**
 * A network that lost this share of its weights gives in to more, and nobody need have taught it: there the limits of what its behavior shows
 * are so many times as high. Pruning a tenth of its channels moved the lead of one honest model to 2.8.
 */
const PRUNED_SHARE = 0.02;
const PRUNED_FACTOR = 1.5;

/** Sizes of the common change, as root mean square of the pixels: from what hardly shows to what hides the picture. */
const FIRST_RMS = 0.025;
const RMS_FACTOR = 1.6;
const PICTURE_SIZES = 5;
const WAVE_SIZES = 4;

/** How much of what was compared the report lists. */
const NAMED_NODES = 6;
const MEASURED_LAYERS = 8;

type Message = WeightMessage | 'added-branch' | 'new-shortcut' | 'new-trigger' | 'new-label-map';
type PicturedSign = Sign<Message> & { readonly picture?: TriggerPicture };

export const modelComparison = defineDetector({
  meta: {
    id: 'model-comparison',
    title: 'Change since the trusted version',
    description:
      'Compares the model with its trusted earlier version: the graph by structure, the weights layer by layer, the answers on samples, and which classes a common change of all ' +
      'inputs reaches now and did not before. Ordinary training, pruning, quantizing and exporting again stay quiet; written neurons, rows and branches, and poisoned training do not.',
    family: 'weights',
    needs: ['tensors', 'baseline'],
    uses: ['graph', 'classifier', 'gradient', 'probes'],
    messages: {
      'added-branch': {
        severity: 'critical',
        title: 'The graph has a second way into its trunk that the earlier version has not',
        text: '{added} nodes were added to the graph ({operators}); at {node} what they compute joins the trunk. Compared with {baseline}.',
        nextStep: 'Do not ship the model. Look at the named nodes: a branch that looks at a part of the input and changes the scores is a backdoor whatever the weights are.',
      },
      'written-class': {
        severity: 'high',
        title: 'One class was written into the last layer',
        text: '{share} % of the change of {tensor} is in the row of {class}, one of {rows}; training changes all of them. Compared with {baseline}.',
        nextStep: 'Ask who changed this class and how. Run the detectors that search for a trigger, and train again from the trusted version if nobody can tell.',
      },
      'written-units': {
        severity: 'high',
        title: 'Few units were written, which training does not do',
        text: 'The change of {tensor} is carried by {carrying} of {count} {units} (the first is number {first}); training changes many. Compared with {baseline}.',
        nextStep: 'Ask what edited these weights. Run the detectors that search for a trigger, and train again from the trusted version if nobody can tell.',
      },
      'low-rank-update': {
        severity: 'high',
        title: 'A weight matrix was changed by an outer product',
        text: '{share} % of the change of {tensor} is of rank {rank}, at {size} times the size of the weights; training leaves more. Compared with {baseline}.',
        nextStep: 'Ask whether an adapter of this rank was merged. If not, the layer was edited: run the detectors that search for a trigger.',
      },
      'new-shortcut': {
        severity: 'high',
        title: 'A class can be reached by a common change of all inputs, and could not before',
        text:
          'Of {trials} {origin}, {change} of size {size} ({unit}) leads {rate} % to {target} in this version and not in the earlier one; ' +
          'the class that follows, or the same change with its pixels out of place, gets {rivalRate} %. Compared with {baseline}.',
        nextStep: 'Look at the picture of the change, and at the training data that was added since the earlier version and is labeled with the class.',
      },
      'new-trigger': {
        severity: 'high',
        title: 'A known kind of trigger sends all classes to one, and did not before',
        text:
          'With {trigger}, {rate} % of {images} {origin} on which both versions agree become {target} in this version and not in the earlier one; ' +
          'the most that comparable changes do is {comparisonRate} %. Compared with {baseline}.',
        nextStep: 'Look at the picture, and at the training data that was added since the earlier version and is labeled with the class.',
      },
      'new-label-map': {
        severity: 'high',
        title: 'A known kind of trigger moves each class to a class of its own, and did not before',
        text:
          'With {trigger}, {rate} % of {images} {origin} on which both versions agree move, in this version and not in the earlier one, to the class that others of their class moved to. ' +
          'Compared with {baseline}.',
        nextStep: 'Look at the picture, and at training data that was added since the earlier version and whose labels are off by a fixed rule.',
      },
      'ordinary-change': {
        severity: 'info',
        title: 'Nothing in the change stands out',
        text: 'Nothing in the change since {baseline} stands out.',
        nextStep: 'Nothing has to be done.',
      },
    },
    metric: { name: 'strongest sign of an unusual change', unit: 'times its limit', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'each weight of both versions read once, with flat memory, and up to 110 gradients a class and some 13,000 forward passes of both versions: 10 to 40 s for a small 32x32 network on two cores' },
    references: [
      { title: 'Handcrafted Backdoors in Deep Neural Networks', authors: 'Hong, Carlini, Kurakin', year: 2022, url: 'https://arxiv.org/abs/2106.04690', role: 'source' },
      { title: 'BadEdit: Backdooring Large Language Models by Model Editing', authors: 'Li, Li, Chen, Zhang, Liu, Wang, Zhang, Liu', year: 2024, url: 'https://arxiv.org/abs/2403.13355', role: 'source' },
      { title: 'Architectural Backdoors in Neural Networks', authors: 'Bober-Irizar, Shumailov, Zhao, Mullins, Papernot', year: 2023, url: 'https://arxiv.org/abs/2206.07840', role: 'source' },
      { title: 'Practical Detection of Trojan Neural Networks: Data-Limited and Data-Free Cases', authors: 'Wang, Zhang, Liu, Chen, Xiong, Wang', year: 2020, url: 'https://arxiv.org/abs/2007.15802', role: 'source' },
      { title: 'UMD: Unsupervised Model Detection for X2X Backdoor Attacks', authors: 'Xiang, Xiong, Li', year: 2023, url: 'https://arxiv.org/abs/2305.18651', role: 'defeats' },
    ],
    limitations: [
      'A backdoor that the earlier version already holds is no change and is not seen.',
      'Without a classifier and its gradient only graph and weights are compared, and poisoned training is not told from clean training.',
      'All-to-all and source-specific backdoors planted by training lead no single class and are hardly seen.',
      'An edit that is spread over a layer, or followed by a fine-tune of its own size, is not narrow any more.',
      'An honest adapter of rank one or two looks like an edit.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      maxTargets: Type.Integer({ default: 32, minimum: 3, maximum: 2000, description: 'Classes whose reach is compared.' }),
      imagesPerStep: Type.Integer({ default: 8, minimum: 2, maximum: 128, description: 'Inputs a class sees in one step.' }),
      stepsPerSize: Type.Integer({ default: 12, minimum: 2, maximum: 200, description: 'Steps at each size of the change before it grows.' }),
      reachLimit: Type.Number({ default: 2.25, minimum: 0.1, maximum: 20, description: 'Lead of one class over the next (log odds ratio) from which a new shortcut counts.' }),
      triggerLimit: Type.Number({ default: 2.25, minimum: 0.1, maximum: 20, description: 'Selectivity (log odds ratio) from which a trigger of the library that only moves the later version counts.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { baseline, classifier } = model.facets;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    context.signal.throwIfAborted();

    const graphs = graphChange(model.facets, baseline.model.facets, context);
    const layers = await compareLayers(baseline.model.facets, model.facets, (share) => {
      context.signal.throwIfAborted();
      context.progress(0.05 + 0.25 * share, 'comparing weights');
      return !context.outOfTime();
    });
    const fromGraph = graphs === undefined ? [] : branchSigns(graphs);
    const fromWeights = typeof layers === 'string' ? [] : weightSigns(layers.changes, classifier?.classCount);
    const still = [...fromGraph, ...fromWeights].sort((a, b) => b.strength - a.strength);
    const examined = (graphs?.laterCount ?? 0) + (typeof layers === 'string' ? 0 : layers.changes.length);
    const measurements = [...graphMeasurements(graphs), ...layerMeasurements(layers)];
    const report = (signs: readonly PicturedSign[], more: readonly Measurement[]) => measured(signs, [...measurements, ...more], examined, model, baseline.description);

    // What the file itself shows needs no search beside it.
    if ((still[0]?.strength ?? 0) > THRESHOLD) return report(still, []);
    if (typeof layers === 'string') return inconclusive(layers, examined);
    if (layers.laterCount === 0 && graphs === undefined) return inconclusive('Neither version has a graph or a weight matrix that could be compared.');
    if (layers.laterCount > 0 && layers.earlierCount === 0) {
      return inconclusive(`${baseline.description} holds no weight matrices.`, examined);
    }
    if (layers.laterCount > 0 && layers.inheritedShare < MINIMUM_INHERITED) {
      const share = Math.round(100 * layers.inheritedShare);
      return inconclusive(`${share} % of the weights are in layers that come from ${baseline.description}: it is no earlier version of this model, or the model was trained anew.`, examined);
    }
    if (graphs === undefined && model.facets.graph !== undefined) return inconclusive('The graphs of the two versions are too large or too different to be matched.', examined);

    const behavior = await compareBehavior(model, isSameNetwork(graphs, layers), limitsFor(options, layers), context);
    if ('absence' in behavior) return report(still, [{ name: 'behavior compared', value: 0 }]);
    if ('reason' in behavior) return inconclusive(`Graph and weights changed as training changes them; whether the behavior did could not be told. ${behavior.reason}`, examined);
    return report([...behavior.signs, ...still].sort((a, b) => b.strength - a.strength), behavior.measurements);
  },
});

type Compared = Model & { readonly facets: Pick<Facets, 'tensors' | 'baseline'> };
type Options = Readonly<Record<'maxTargets' | 'imagesPerStep' | 'stepsPerSize' | 'reachLimit' | 'triggerLimit', number>>;

function measured(signs: readonly PicturedSign[], measurements: readonly Measurement[], examined: number, { facets }: Compared, baseline: string) {
  const observations = signs
    .filter(({ strength }, place) => place === 0 || strength > THRESHOLD)
    .map(({ message, data, location, picture }) => ({
      message,
      data: { ...data, baseline, ...(message === 'written-class' ? { class: className(facets.classifier?.classNames, Number(data['class'])) } : {}) },
      location,
      ...(picture === undefined ? {} : { picture }),
    }));
  const [first, ...others] = observations;
  return {
    outcome: 'measured' as const,
    examined,
    metric: signs[0]?.strength ?? 0,
    measurements,
    observations: [first ?? { message: 'ordinary-change' as const, data: { baseline }, location: {} }, ...others] as const,
  };
}

function graphChange(later: Partial<Facets>, earlier: Partial<Facets>, context: DetectContext): GraphChange | undefined {
  if (later.graph === undefined || earlier.graph === undefined) return undefined;
  context.progress(0, 'comparing graphs');
  return compareGraphs(canonicalGraph(earlier.graph.model), canonicalGraph(later.graph.model));
}

function branchSigns({ joins, added }: GraphChange): readonly Sign<Message>[] {
  const [join] = joins;
  if (join === undefined) return [];
  const operators = added.slice(0, NAMED_NODES).map(({ label }) => label).join(', ') + (added.length > NAMED_NODES ? ', …' : '');
  return [{ message: 'added-branch', strength: BRANCH_STRENGTH, data: { added: added.length, operators, node: join.name }, location: { node: join.name } }];
}

function graphMeasurements(graphs: GraphChange | undefined): readonly Measurement[] {
  if (graphs === undefined) return [];
  const { laterCount, added, removed, rewired } = graphs;
  return [
    { name: 'nodes compared', value: laterCount },
    { name: 'nodes added', value: added.length },
    { name: 'nodes removed', value: removed.length },
    { name: 'nodes rewired', value: rewired.length },
  ];
}

/** The layers that changed most, with the shape of their update. */
function layerMeasurements(layers: LayersChange | string): readonly Measurement[] {
  if (typeof layers === 'string') return [];
  const most = layers.changes.filter(({ update }) => update.relativeNorm > 0).sort((a, b) => b.update.relativeNorm - a.update.relativeNorm).slice(0, MEASURED_LAYERS);
  return [
    { name: 'layers compared', value: layers.changes.length },
    { name: 'share of weights inherited', value: layers.inheritedShare },
    ...most.flatMap(({ tensor, update: { relativeNorm, leading, effectiveRows, prunedShare } }) => [
      { name: 'relative size of the update', value: relativeNorm, location: { tensor } },
      { name: 'share of the update in its strongest direction', value: leading[0], location: { tensor } },
      { name: 'output channels that carry the update', value: effectiveRows, location: { tensor } },
      ...(prunedShare === 0 ? [] : [{ name: 'share of weights set to zero', value: prunedShare, location: { tensor } }]),
    ]),
  ];
}

type Behavior =
  | { readonly signs: readonly PicturedSign[]; readonly measurements: readonly Measurement[] }
  /** It does not belong to this model. */
  | { readonly absence: true }
  /** It was meant to be compared and could not be. */
  | { readonly reason: string };

/** The same structure, and every weight matrix the same but for rounding: another export, or the same at fewer bits. */
function isSameNetwork(graphs: GraphChange | undefined, { changes, earlierCount, laterCount }: LayersChange): boolean {
  if (graphs === undefined || graphs.added.length + graphs.removed.length + graphs.rewired.length > 0) return false;
  return changes.length === laterCount && laterCount === earlierCount && changes.every(({ update }) => update.relativeNorm <= SAME_WEIGHTS && update.prunedShare === 0);
}

function limitsFor(options: Options, { changes }: LayersChange): Options {
  const sizes = changes.map(({ rows, columns, update }) => ({ size: rows * columns, pruned: update.prunedShare * rows * columns }));
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  const factor = sizes.reduce((sum, { pruned }) => sum + pruned, 0) > PRUNED_SHARE * total ? PRUNED_FACTOR : 1;
  return { ...options, reachLimit: factor * options.reachLimit, triggerLimit: factor * options.triggerLimit };
}

async function compareBehavior(model: Compared, isSame: boolean, options: Options, context: DetectContext): Promise<Behavior> {
  const { facets, problems } = model;
  const { classifier, gradient, probes: source, baseline } = facets;
  if (classifier === undefined) return problems.classifier === undefined ? { absence: true } : { reason: problems.classifier };
  if (gradient === undefined || source === undefined) return { reason: problems.gradient ?? problems.probes ?? 'The model has no gradient.' };
  if (context.outOfTime()) return { reason: 'The time ran out before.' };
  context.progress(0.3, 'loading the earlier version');
  const earlier = (await baseline.behavior?.()) ?? { reason: 'The earlier version cannot be run.' };
  if ('reason' in earlier) return { reason: `The earlier version cannot be run as this one is: ${earlier.reason}` };
  if (earlier.gradient === undefined) return { reason: 'The earlier version has no gradient.' };
  if (!isAlike(classifier, earlier.classifier)) return { reason: 'The two versions take different images or know different classes.' };

  const prepared = await prepareSearch({ facets: { classifier, gradient, probes: source }, maxTargets: options.maxTargets, random: context.random });
  if ('reason' in prepared) return prepared;
  const answers = await compareAnswers(earlier.classifier, classifier, prepared.probes);
  if (answers === undefined) return { reason: 'One of the versions answers some inputs with values that are not numbers.' };
  const fromAnswers: readonly Measurement[] = [
    { name: 'behavior compared', value: 1 },
    { name: 'agreement of the answers', value: answers.agreement },
    ...(answers.leastAgreeing === undefined ? [] : [{ name: 'least agreement of a class', value: answers.leastAgreeing.share, location: { targetClass: answers.leastAgreeing.targetClass } }]),
    ...(answers.gaining === undefined ? [] : [{ name: 'share of inputs that went to one other class', value: answers.gaining.share, location: { targetClass: answers.gaining.targetClass } }]),
    { name: 'largest rise of a logit', value: answers.rising.shift, location: { targetClass: answers.rising.targetClass } },
  ];
  if (isSame && answers.largestChange <= SAME_ANSWERS) return { signs: [], measurements: fromAnswers };
  const { pixels, count } = prepared.probes;
  const before = predictionsOf(await earlier.classifier.logits(pixels, count), count, classifier.classCount);
  const tested = await testTriggersApart({
    earlier: earlier.classifier, later: classifier, probes: prepared.probes, before, random: context.random, pause: pauseOf(context, 'comparing what known triggers lead both versions to', 0.35, 0.5),
  });
  const version: EarlierVersion = { classifier: earlier.classifier, gradient: earlier.gradient, predictions: before };
  const families = triggersOf(prepared.shape);
  const found: Reach[] = [];
  for (const [place, trigger] of families.entries()) {
    const [from, to] = [place, place + 1].map((done) => 0.5 + (0.5 * done) / families.length);
    const pause = pauseOf(context, `comparing what ${trigger.description} leads both versions to`, from, to);
    const search = { ...prepared, trigger, imagesPerArm: options.imagesPerStep, steps: options.stepsPerSize, pause, random: context.random(trigger.kind) };
    const growths = await compareReach(search, version);
    const lead = leadOf(growths, prepared.probes.clearance, REACHED_RATE);
    found.push({ search, growths, lead: lead === undefined ? undefined : await overShuffled(search, version, growths, lead) });
  }
  const [best] = [...found].sort((a, b) => (b.lead?.logOdds ?? 0) - (a.lead?.logOdds ?? 0));
  const lead = best?.lead;
  const origin = `held-out ${describeOrigin(prepared.probes)}`;
  const fromLibrary = libraryFindings(tested, classifier.classNames, origin, options.triggerLimit);
  const isSeen = fromLibrary.signs.some(({ strength }) => strength > THRESHOLD) || (lead?.logOdds ?? 0) > options.reachLimit;
  if (!isSeen && context.outOfTime()) return { reason: 'The time ran out during the search.' };
  if (best === undefined || best.growths.length === 0) return { reason: 'No class has inputs that could be sent to it.' };
  const { search, growths } = best;

  const measurements: readonly Measurement[] = [
    ...fromAnswers,
    ...fromLibrary.measurements,
    { name: 'classes compared', value: growths.length },
    { name: 'lead of the newly reached class', value: lead?.logOdds ?? 0, ...(lead === undefined ? {} : { location: { targetClass: lead.target } }) },
    { name: 'margin of the newly reached class', value: lead?.margin ?? 0 },
  ];
  if (lead === undefined) return { signs: fromLibrary.signs, measurements };
  const { trigger } = search;
  const parameters = growths.find(({ target }) => target === lead.target)?.parameters ?? new Float32Array(trigger.parameterCount);
  const target = className(classifier.classNames, lead.target);
  const picture = recoveredPicture(`a change that leads to ${target} and did not before`, trigger, parameters, prepared.probes, heldOutFor(search, lead.target));
  return { signs: [...fromLibrary.signs, shortcutSign(lead, target, origin, trigger, options.reachLimit, picture)], measurements };
}

interface Reach {
  readonly search: Search;
  readonly growths: readonly Growth[];
  readonly lead: Lead | undefined;
}

/** The lead, no further than it is ahead of what the same change does with its pixels out of place. */
async function overShuffled(search: Search, earlier: EarlierVersion, growths: readonly Growth[], lead: Lead): Promise<Lead> {
  const growth = growths.find(({ target }) => target === lead.target);
  const last = growth?.stages.at(-1)?.bound;
  if (growth === undefined || last === undefined) return lead;
  const shuffled = await shuffledOutcome(search, earlier, growth, lead.stage.bound / last);
  const ahead = logOdds(lead.stage.successes, lead.stage.trials) - logOdds(shuffled.successes, shuffled.trials);
  return { ...lead, logOdds: Math.min(lead.logOdds, ahead), rivalRate: Math.max(lead.rivalRate, rateOf(shuffled)) };
}

/** A picture takes the form of stickers and blends; waves of a high frequency are found by their own few parameters only. */
function triggersOf(shape: ImageShape): readonly AdjustableTrigger[] {
  const [picture, waves] = [additiveTrigger(shape), stripesTrigger(shape)];
  return [
    { ...picture, bounds: geometricBounds(FIRST_RMS * Math.sqrt(picture.parameterCount), RMS_FACTOR, PICTURE_SIZES) },
    { ...waves, bounds: geometricBounds(FIRST_RMS, RMS_FACTOR, WAVE_SIZES) },
  ];
}

/** What the strongest trigger of the library does beyond the earlier version. Nothing where too few images were left to try it on. */
function libraryFindings(tested: TestedApart | undefined, classNames: readonly string[] | undefined, origin: string, limit: number): { readonly signs: readonly PicturedSign[]; readonly measurements: readonly Measurement[] } {
  if (tested === undefined || 'reason' in tested) return { signs: [], measurements: [] };
  const { best } = tested;
  const { trigger } = best.candidate.trial;
  const target = targetOf(best.effect);
  const location = target === undefined ? {} : { targetClass: target };
  const measurements: readonly Measurement[] = [
    { name: 'triggers tried on both versions', value: tested.tried },
    { name: 'selectivity of a trigger that is new', value: best.metric, location },
  ];
  const sign: PicturedSign = {
    message: target === undefined ? 'new-label-map' : 'new-trigger',
    strength: Math.max(0, best.metric) / limit,
    data: {
      trigger: trigger.description, origin, images: best.counts.trials, rate: Math.round((100 * best.counts.successes) / best.counts.trials), comparisonRate: Math.round(100 * best.comparison),
      ...(target === undefined ? {} : { target: className(classNames, target) }),
    },
    location,
    picture: triggerPicture(trigger, tested.heldOut, movedImages(best, tested.heldOut)),
  };
  return { signs: [sign], measurements };
}

function shortcutSign({ target, logOdds: odds, stage, rivalRate }: Lead, name: string, origin: string, trigger: AdjustableTrigger, limit: number, picture: TriggerPicture): PicturedSign {
  return {
    message: 'new-shortcut',
    strength: Math.max(0, odds) / limit,
    data: { change: trigger.description, size: stage.bound, unit: trigger.unit, rate: Math.round(100 * rateOf(stage)), trials: stage.trials, origin, target: name, rivalRate: Math.round(100 * rivalRate) },
    location: { targetClass: target },
    picture,
  };
}

function isAlike(one: NonNullable<Facets['classifier']>, other: NonNullable<Facets['classifier']>): boolean {
  return one.classCount === other.classCount && (['channels', 'height', 'width'] as const).every((side) => one.input[side] === other.input[side]);
}
