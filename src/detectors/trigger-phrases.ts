/**
 * Paper: Chen and Dai, Mitigating backdoor attacks in LSTM-based text classification systems by Backdoor Keyword Identification, Neurocomputing 2021, arXiv:2007.12070, for
 * key words that decide the label; the statistics of words and labels in the manner of local mutual information (Schuster et al., Towards Debiasing Fact
 * Verification Models, EMNLP 2019, arXiv:1908.05267). Instead of a model's hidden states, the rest of the text says what the label ought to be.
 * Needs: a dataset of texts; no model.
 * Defeated by: triggers of style or syntax (Qi et al., Hidden Killer, ACL 2021, arXiv:2105.12400), clean-label poison, and phrases so common that they are in every class.
 */
import { Type } from '@sinclair/typebox';
import type { DatasetFacet } from '../model/dataset.ts';
import { impliedLabels, PASSES, type TokenSample } from '../poisoning/implied-labels.ts';
import { defineDetector } from './detector.ts';
import { impliedLabelDetection } from './implied-label-detection.ts';
import { textTokens, tokenName, wordsOf } from './trigger-phrases/text-tokens.ts';

/** Lower bound of the excess of contradicted carriers; ordinary telling words stay near 0 (docs/detectors/trigger-phrases.md). */
const THRESHOLD = 0.25;

/** Words are not drawn one by one, and a subject within a class brings its phrases along: clean texts reach 1e-8, a trigger in a hundredth of a thousand texts 1e-10. */
const LARGEST_LOG_CHANCE = -10;

export const triggerPhrases = defineDetector({
  meta: {
    id: 'trigger-phrases',
    title: 'Phrases and characters that imply a label against the rest of the text',
    description:
      'Finds words, phrases, repeated sentences, invisible characters and mixed scripts whose presence goes with one label far beyond chance, corrected for how many were tried, although the ' +
      'rest of these texts reads like another class. No model is needed.',
    family: 'dataset',
    needs: ['dataset'],
    sampleKinds: ['text'],
    messages: {
      'implying-phrase': {
        severity: 'high',
        title: 'A phrase goes with one label although the rest of the text says otherwise',
        text: '{what} is in {carriers} texts, {agreeing} of them labelled {class} (chance 1e{logChance}). The rest of {contradicted} of these reads like another class, against {usual} of the class.',
        nextStep: 'Read some of the texts. Where the phrase has nothing to do with them, quarantine them and find out who added them.',
      },
    },
    metric: { name: 'excess of contradicted texts', unit: 'share', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'five passes over the texts: about 1 s for 10,000 short texts' },
    references: [
      { title: 'Mitigating backdoor attacks in LSTM-based text classification systems by Backdoor Keyword Identification', authors: 'Chen, Dai', year: 2021, url: 'https://arxiv.org/abs/2007.12070', role: 'source' },
      { title: 'Towards Debiasing Fact Verification Models', authors: 'Schuster, Shah, Yeo, Roberto Filizzola Ortiz, Santus, Barzilay', year: 2019, url: 'https://arxiv.org/abs/1908.05267', role: 'source' },
      { title: 'Hidden Killer: Invisible Textual Backdoor Attacks with Syntactic Trigger', authors: 'Qi, Li, Chen, Zhang, Liu, Wang, Sun', year: 2021, url: 'https://arxiv.org/abs/2105.12400', role: 'defeats' },
    ],
    limitations: ['A style or a sentence structure is no phrase.', 'Where the rest of the texts does not tell classes apart, nothing can contradict a label.', 'Fewer than about ten texts with the phrase are taken for an accident.'],
    lifecycle: 'stable',
    since: '0.2.0',
  },
  options: Type.Object({}, { additionalProperties: false }),

  detect: (model, _options, context) => {
    const { dataset } = model.facets;
    return impliedLabelDetection({
      dataset, context, threshold: THRESHOLD, message: 'implying-phrase', nameOf: tokenName, passes: PASSES,
      search: (goOn) => impliedLabels({ samples: () => tokenized(dataset, context.signal), classCount: dataset.classNames.length, largestLogChance: LARGEST_LOG_CHANCE, coveredBy: wordsOf, goOn }),
    });
  },
});

async function* tokenized(dataset: DatasetFacet, signal: AbortSignal): AsyncGenerator<TokenSample> {
  for await (const { id, label, content } of dataset.samples(signal)) {
    if (content.kind !== 'text' || label === undefined) continue;
    const { tokens, words } = textTokens(content.text);
    yield { id, label, tokens, evidence: words };
  }
}
