import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { GateReport } from '../../src/report.ts';
import type { RenderOptions, RuleCatalog, RuleDescription } from '../../src/reporters/reporter.ts';

export const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/reporters');

/** The reports enumerate themselves: a new file is rendered by every reporter without another line of code. */
export const REPORT_NAMES = readdirSync(path.join(FIXTURES, '_reports')).map((name) => path.basename(name, '.json')).sort();

export function loadReport(name: string): GateReport {
  return JSON.parse(readFileSync(path.join(FIXTURES, '_reports', `${name}.json`), 'utf8')) as GateReport;
}

export function fixture(reporter: string, file: string): string {
  return path.join(FIXTURES, reporter, file);
}

export const PLAIN: RenderOptions = { color: false, verbose: false };

const rule = (title: string, severity: RuleDescription['severity'], rest: Partial<RuleDescription> = {}): RuleDescription => ({
  title,
  severity,
  text: `${title}.`,
  nextStep: 'Look at it.',
  references: [],
  ...rest,
});

/** What a catalogue says about some of the rules; the others show how a reporter does without. */
export const RULES: RuleCatalog = new Map([
  [
    'adversarial-testing/all-to-one',
    rule('One change sends all classes to one target', 'critical', {
      text: 'With {trigger}, {successRate} % of {images} images become {target}.',
      meaning: 'Applies a library of triggers to clean samples and looks for one change that sends all classes to one target.',
      nextStep: 'Do not ship the model.',
      references: [
        { title: 'BadNets: Identifying Vulnerabilities', authors: 'Gu, Dolan-Gavitt, Garg', year: 2017, url: 'https://arxiv.org/abs/1708.06733', role: 'source' },
        { title: 'Input-Aware Dynamic Backdoor Attack', authors: 'Nguyen, Tran', year: 2020, url: 'https://arxiv.org/abs/2010.08138', role: 'defeats' },
      ],
      limitations: ['Only finds triggers that a change in the library resembles.'],
    }),
  ],
  ['trusted-source/hash-mismatch', rule('Artifact differs from the approved one', 'critical')],
  ['gate/policy-changed', rule('The policy is changed by what it judges', 'medium')],
  ['perturbation-entropy/low-entropy', rule('Predictions survive blending', 'high')],
]);
