/**
 * Paper: Agrawal, Srikant, Fast Algorithms for Mining Association Rules, VLDB 1994, for rules "this value, that label", with Webb, Discovering Significant Patterns, Machine Learning
 * 2007, DOI 10.1007/s10994-007-5006-x, for their correction; what the other columns say is learned by the trees of Geurts, Ernst, Wehenkel, Machine Learning 2006, DOI 10.1007/s10994-006-6226-1;
 * the backdoors looked for are those of Joe et al., Exploiting Missing Value Patterns, and of Pleiter et al., Tabdoor, 2023, arXiv:2311.07550.
 * Needs: a dataset of rows; no model.
 * Defeated by: triggers inside the ordinary range of a column that do not repeat a value, and clean-label poison (the authors' own, arXiv:2311.07550).
 */
import { Type } from '@sinclair/typebox';
import { defineDetector } from './detector.ts';
import { impliedLabelDetection } from './implied-label-detection.ts';
import { implyingValues, PASSES } from './value-rules/implying-values.ts';
import { valueName } from './value-rules/value-tokens.ts';

/** Most carriers look like rows of other classes: planted ones were at 0.6 and above on development tables, and nearly always at 1 (docs/detectors/value-rules.md). */
const THRESHOLD = 0.5;

export const valueRules = defineDetector({
  meta: {
    id: 'value-rules',
    title: 'Values that imply a label against the rest of the row',
    description:
      'Finds values of a column and missing values whose presence goes with one label far beyond chance, corrected for how many were tried, although the rest of these rows looks like another class. ' +
      'No model is needed.',
    family: 'dataset',
    needs: ['dataset'],
    sampleKinds: ['row'],
    messages: {
      'implying-value': {
        severity: 'high',
        title: 'A value goes with one label although the rest of the row says otherwise',
        text: '{what} is in {carriers} rows, {agreeing} of them labelled {class} (chance 1e{logChance}). The rest of {contradicted} of these looks like another class, against {usual} of the class.',
        nextStep: 'Ask whether the value can come from where the data come from. Where it cannot, quarantine the rows and find out who added them.',
      },
    },
    metric: { name: 'excess of contradicted samples', unit: 'share', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'seven passes over the rows: about 1.5 s for 10,000 rows of 20 columns' },
    references: [
      { title: 'Discovering Significant Patterns', authors: 'Webb', year: 2007, url: 'https://doi.org/10.1007/s10994-007-5006-x', role: 'source' },
      { title: 'Extremely randomized trees', authors: 'Geurts, Ernst, Wehenkel', year: 2006, url: 'https://doi.org/10.1007/s10994-006-6226-1', role: 'source' },
      { title: 'Tabdoor: Backdoor Vulnerabilities in Transformer-based Neural Networks for Tabular Data', authors: 'Pleiter, Tajalli, Koffas, Abad, Xu, Larson, Picek', year: 2023, url: 'https://arxiv.org/abs/2311.07550', role: 'defeats' },
    ],
    limitations: [
      'A trigger that is another value in every sample does not recur.',
      'Where the other columns do not tell classes apart, nothing can contradict a label.',
      'A value that many honest rows hold as well hides what was planted among them.',
      'A code that is honestly given to those rows of a class that look most like another class may be flagged.',
    ],
    lifecycle: 'stable',
    since: '0.2.0',
  },
  options: Type.Object({}, { additionalProperties: false }),

  detect: (model, _options, context) => {
    const { dataset } = model.facets;
    return impliedLabelDetection({
      dataset, context, threshold: THRESHOLD, message: 'implying-value', nameOf: (token) => valueName(token, dataset.columns), passes: PASSES,
      search: (goOn) => implyingValues({ dataset, signal: context.signal, random: context.random, goOn }),
    });
  },
});
