import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { GateReportSchema } from '../../src/report.ts';
import { jsonReporter, sortKeys } from '../../src/reporters/json.ts';
import { fixture, loadReport, PLAIN, REPORT_NAMES } from './load-report.ts';

describe('json', () => {
  it.each(REPORT_NAMES)('says the same as the %s report and breaks no rule of its schema', (name) => {
    const text = jsonReporter.render(loadReport(name), PLAIN);

    expect(JSON.parse(text)).toEqual(loadReport(name));
    expect([...Value.Errors(GateReportSchema, JSON.parse(text))]).toEqual([]);
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('is as in its snapshot', async () => {
    await expect(jsonReporter.render(loadReport('clean'), PLAIN)).toMatchFileSnapshot(fixture('json', 'clean.json'));
  });

  it('does not depend on the order of keys or of artifacts', () => {
    const report = loadReport('mixed');
    const turned = JSON.parse(JSON.stringify(report), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value,
    ) as typeof report;

    expect(jsonReporter.render({ ...turned, artifacts: turned.artifacts.toReversed() }, PLAIN)).toBe(jsonReporter.render(report, PLAIN));
  });

  it('writes invisible characters as escapes', () => {
    const text = jsonReporter.render(loadReport('hostile'), PLAIN);

    expect(text).toContain(String.raw`m/\u202egnp.onnx`);
    expect(text).toContain(String.raw`m/\ud800.onnx`);
    expect(text).toContain(String.raw`##\u005berror]`);
  });

  it('keeps a key named __proto__ a key', () => {
    expect(JSON.stringify(sortKeys(JSON.parse('{"b":1,"__proto__":{"a":2}}')))).toBe('{"__proto__":{"a":2},"b":1}');
  });
});
