import type { Finding } from '../../report.ts';
import { docsUrl } from '../docs-url.ts';
import { escapeMarkdown, escapeSarif, MAX_NAME_CHARACTERS } from '../escape.ts';
import type { RuleCatalog, RuleDescription } from '../reporter.ts';
import type { FindingView } from '../view/finding-view.ts';
import { compare } from '../view/finding-view.ts';
import type { SarifLevel, SarifRule } from './sarif-log.ts';

type Severity = Finding['severity'];

/** GitHub: above 9.0 critical, from 7.0 high, from 4.0 medium, from 0.1 low. Info has none, so it is no security alert. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string | undefined>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  info: undefined,
};

const LEVELS: Readonly<Record<Severity, SarifLevel>> = { critical: 'error', high: 'error', medium: 'warning', low: 'note', info: 'note' };

/** GitHub cuts descriptions at 1,024 characters; ours end before, at a place we choose. */
const MAX_DESCRIPTION = 1_000;

/** SARIF ids are shown as they are, so a rule is named by its escaped id everywhere in the log. */
export function sarifRuleId(rule: string): string {
  return escapeSarif(rule, MAX_NAME_CHARACTERS);
}

/** Every rule of the catalogue, so that GitHub can close alerts of rules that stay silent, and what the findings name besides. */
export function sarifRules(findings: readonly FindingView[], catalog: RuleCatalog | undefined): SarifRule[] {
  const rules = new Map<string, SarifRule>();
  for (const [id, rule] of catalog ?? []) rules.set(sarifRuleId(id), sarifRule(id, rule));
  for (const view of findings) {
    const id = sarifRuleId(view.finding.rule);
    if (!rules.has(id)) rules.set(id, sarifRule(view.finding.rule, describe(view)));
  }
  return [...rules.values()].sort((a, b) => compare(a.id, b.id));
}

/** A rule of the policy's author, or a report made by a newer version: what the finding itself says has to do. */
function describe({ finding, title }: FindingView): RuleDescription {
  return {
    title,
    severity: finding.severity,
    text: finding.rule.startsWith('policy/') ? 'Several detectors agree, as a rule of the policy demands.' : title,
    nextStep: finding.nextStep,
    references: [],
  };
}

function sarifRule(id: string, rule: RuleDescription): SarifRule {
  const url = rule.docsUrl ?? docsUrl(id);
  const title = escapeSarif(rule.title, MAX_NAME_CHARACTERS);
  const meaning = rule.meaning ?? rule.text;
  const severity = SECURITY_SEVERITY[rule.severity];
  return {
    id: sarifRuleId(id),
    name: pascalCase(id),
    shortDescription: { text: title },
    fullDescription: { text: escapeSarif(meaning, MAX_DESCRIPTION) },
    help: { text: helpText(rule, url), markdown: helpMarkdown(rule, url) },
    helpUri: url,
    defaultConfiguration: { level: LEVELS[rule.severity] },
    properties: {
      precision: precisionOf(id),
      tags: tagsOf(id),
      ...(severity === undefined ? {} : { 'security-severity': severity }),
    },
  };
}

/** A digest either matches or does not; a detector estimates. */
function precisionOf(id: string): string {
  if (id.startsWith('trusted-source/') || id.startsWith('dataset-source/')) return 'very-high';
  return id.startsWith('gate/') || id.startsWith('policy/') ? 'high' : 'medium';
}

/** Fewer than the ten that GitHub keeps; without `security` it ignores the severity. */
function tagsOf(id: string): string[] {
  const family =
    id.startsWith('trusted-source/') || id.startsWith('dataset-source/') ? ['provenance', 'external/cwe/cwe-494']
    : id.startsWith('gate/') ? ['coverage']
    : id.startsWith('policy/') ? ['policy']
    : ['backdoor'];
  return ['security', 'machine-learning', ...family];
}

function helpText(rule: RuleDescription, url: string): string {
  const parts = [
    escapeSarif(rule.meaning ?? rule.text),
    `Next step: ${escapeSarif(rule.nextStep)}`,
    ...(rule.limitations ?? []).map((one) => `Limitation: ${escapeSarif(one)}`),
    ...rule.references.map((one) => `Reference: ${escapeSarif(`${one.authors} (${String(one.year)}). ${one.title}. ${one.url}`)}`),
    `More: ${url}`,
  ];
  return parts.join('\n');
}

function helpMarkdown(rule: RuleDescription, url: string): string {
  const list = (title: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : ['', `**${title}**`, '', ...items.map((item) => `- ${item}`)];
  return [
    escapeMarkdown(rule.meaning ?? rule.text),
    '',
    `**What to do next**: ${escapeMarkdown(rule.nextStep)}`,
    ...list('What it cannot see', (rule.limitations ?? []).map((one) => escapeMarkdown(one))),
    ...list('References', rule.references.map((one) => `${escapeMarkdown(`${one.authors} (${String(one.year)}). ${one.title}.`)} <${safeUrl(one.url)}>`)),
    '',
    `[More about this rule](${url})`,
  ].join('\n');
}

/** References are ours, but a link is a link: only https, and nothing that ends the brackets. */
function safeUrl(url: string): string {
  return /^https:\/\/[^\s<>()[\]]+$/.test(url) ? url : docsUrl('');
}

function pascalCase(id: string): string {
  const words = id.match(/[A-Za-z0-9]+/g) ?? ['Rule'];
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('').slice(0, MAX_NAME_CHARACTERS);
}
