import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import type { ArtifactReport, Finding, GateReport } from '../../src/report.ts';
import { sarifReporter } from '../../src/reporters/sarif.ts';
import { fileLocation } from '../../src/reporters/sarif/sarif-locations.ts';
import type { SarifLog } from '../../src/reporters/sarif/sarif-log.ts';
import { fixture, loadReport, PLAIN, REPORT_NAMES, RULES } from './load-report.ts';

function compileOfficialSchema() {
  // The official schema is draft-04; all that differs from draft-07 in what it uses is the name of its id.
  const schema = JSON.parse(readFileSync(fixture('sarif', 'sarif-2.1.0.schema.json'), 'utf8')) as Record<string, unknown>;
  delete schema['id'];
  delete schema['$schema'];
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
}

const validate = compileOfficialSchema();
const render = (report: GateReport, rules = RULES): SarifLog => JSON.parse(sarifReporter.render(report, { ...PLAIN, rules })) as SarifLog;

function load(artifacts: number, findings: number, text: string): GateReport {
  const report = loadReport('mixed');
  const [model] = report.artifacts;
  if (model === undefined) throw new Error('the mixed report has no artifact');
  return {
    ...report,
    artifacts: Array.from({ length: artifacts }, (_, number): ArtifactReport => ({
      ...model,
      path: `models/${String(number)}-${text}.onnx`,
      findings: Array.from({ length: findings }, (_, index): Finding => ({
        rule: `adversarial-testing/rule-${String(index % 7)}`, verdict: 'warn', severity: number === artifacts - 1 ? 'critical' : 'low', text, nextStep: text,
        location: { tensor: text }, fingerprint: `${String(number)}/${String(index)}`,
      })),
    })),
  };
}

describe('sarif', () => {
  it.each(REPORT_NAMES)('of the %s report is valid by the official schema and as in its snapshot', async (name) => {
    const text = sarifReporter.render(loadReport(name), { ...PLAIN, rules: RULES });
    validate(JSON.parse(text));

    expect(validate.errors).toBeNull();
    await expect(text).toMatchFileSnapshot(fixture('sarif', `${name}.sarif`));
  });

  it('the official schema does reject what is wrong', () => {
    const log = render(loadReport('mixed'));

    expect(validate({ ...log, version: '2.0.0' })).toBe(false);
    expect(validate({ ...log, runs: [{ ...log.runs[0], results: [{ level: 'fatal', message: {} }] }] })).toBe(false);
  });

  it('has one result a finding, each with a file, a rule and both fingerprints', () => {
    const report = loadReport('mixed');
    const [run] = render(report).runs;
    const findings = [...report.findings, ...report.artifacts.flatMap((one) => one.findings)];

    expect(run.results.map((one) => one.ruleId).sort()).toEqual(findings.map((one) => one.rule).sort());
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(result.locations[0]?.physicalLocation.artifactLocation.uri).toMatch(/^(models\/.+\.onnx|modelgate\.yml)$/);
      expect(Object.keys(result.partialFingerprints)).toEqual(['modelgateFinding/v1', 'primaryLocationLineHash']);
    }
  });

  it('has no region but in a pointer, which is text', () => {
    const [run] = render(loadReport('mixed')).runs;
    const withRegion = run.results.filter((one) => one.locations[0]?.physicalLocation.region !== undefined);

    expect(new Set(withRegion.map((one) => one.locations[0]?.physicalLocation.artifactLocation.uri))).toEqual(new Set(['models/large.onnx']));
  });

  it('names tensors, nodes and classes as logical locations', () => {
    const [run] = render(loadReport('mixed')).runs;
    const result = run.results.find((one) => one.ruleId === 'output-layer-outlier/outlying-class');

    expect(result?.locations[0]?.logicalLocations).toEqual([
      { name: 'classifier.weight', fullyQualifiedName: 'tensor/classifier.weight', kind: 'tensor' },
      { name: '5', fullyQualifiedName: 'targetClass/5', kind: 'targetClass' },
    ]);
  });

  it('says in notifications what could not be told, and that the tool failed only when it did', () => {
    const [run] = render(loadReport('mixed')).runs;

    expect(run.invocations[0]?.executionSuccessful).toBe(false);
    expect(run.invocations[0]?.toolExecutionNotifications.map((one) => one.descriptor.id)).toEqual([
      'error', 'error', 'could-not-tell', 'could-not-tell', 'error', 'skipped', 'skipped',
    ]);
    expect(render(loadReport('clean')).runs[0].invocations[0]).toEqual({ executionSuccessful: true, toolExecutionNotifications: [] });
  });

  it('lists every rule of the catalogue with what GitHub reads of it', () => {
    const [run] = render(loadReport('clean')).runs;

    expect(run.tool.driver.rules.map((one) => one.id)).toEqual([...RULES.keys()].sort());
    for (const rule of run.tool.driver.rules) {
      expect(rule.properties.tags).toContain('security');
      expect(rule.properties.tags.length).toBeLessThanOrEqual(10);
      expect(Number(rule.properties['security-severity'])).toBeGreaterThan(0);
      expect(['very-high', 'high', 'medium', 'low']).toContain(rule.properties.precision);
      expect(rule.shortDescription.text.length).toBeLessThanOrEqual(1024);
      expect(rule.help.markdown).toContain('https://github.com/modelgate/modelgate/blob/main/docs/');
    }
  });

  it('keeps the 5,000 most severe results and counts the rest', () => {
    const [run] = render(load(101, 60, 'x')).runs;

    expect(run.results.length).toBe(5_000);
    expect(run.results.filter((one) => one.properties['severity'] === 'critical').length).toBe(60);
    expect(run.properties['leftOut']).toEqual({ results: 101 * 60 + 1 - 5_000, artifacts: 0 });
    expect(run.invocations[0]?.toolExecutionNotifications[0]?.message.text).toBe('1,061 less severe results left out; the JSON report has every one.');
  });

  it('stays below 10 MB with 5,000 findings of the longest texts', () => {
    const text = sarifReporter.render(load(500, 10, `${'é'.repeat(50_000)}`), { ...PLAIN, rules: RULES });
    const log = JSON.parse(text) as SarifLog;
    validate(log);

    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(10_000_000);
    expect(validate.errors).toBeNull();
    expect(log.runs[0].results.length).toBeGreaterThan(100);
  });
});

describe('fileLocation', () => {
  it.each([
    ['models/a b#c.onnx', { uri: 'models/a%20b%23c.onnx', uriBaseId: '%SRCROOT%' }],
    ['model.pt!/data.pkl', { uri: 'model.pt', uriBaseId: '%SRCROOT%' }],
    ['./a.onnx', { uri: 'a.onnx', uriBaseId: '%SRCROOT%' }],
    ['.', { uri: '.', uriBaseId: '%SRCROOT%' }],
    ['a:b.onnx', { uri: 'a%3Ab.onnx', uriBaseId: '%SRCROOT%' }],
    ['models\\a.onnx', { uri: 'models/a.onnx', uriBaseId: '%SRCROOT%' }],
    ['../zoo/a.onnx', { uri: '../zoo/a.onnx' }],
    ['/srv/a.onnx', { uri: 'file:///srv/a.onnx' }],
    ['C:\\models\\a.onnx', { uri: 'file:///C%3A/models/a.onnx' }],
    ['', { uri: '.', uriBaseId: '%SRCROOT%' }],
  ])('%s', (path, expected) => {
    expect(fileLocation(path)).toEqual(expected);
  });
});
