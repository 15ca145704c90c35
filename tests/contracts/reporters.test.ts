import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateReportSchema, type ArtifactReport, type Finding, type GateReport, type Pictures, type Result } from '../../src/report.ts';
import { picturesOf } from '../../src/gate/pictures-of.ts';
import { reporters } from '../../src/reporters/index.ts';
import type { Reporter } from '../../src/reporters/reporter.ts';
import { viewReport } from '../../src/reporters/view/report-view.ts';
import { FIXTURES, loadReport, PLAIN, REPORT_NAMES, RULES } from '../reporters/load-report.ts';

/** Every registered reporter against names made to break out of every document it writes. */

const HOSTILE = [
  '\n::error::x', '\r\n::set-output name=a::b', '::stop-commands::x', '  ::error::y', '##[error]z', '##[add-mask]a', '%0A::warning::q', '%0D%0A',
  ']]>', '<script>alert(1)</script>', '<!--', '-->', '</summary></details>', '<img src=x onerror=alert(1)>', '"><b>', "' onclick='x", '</style>', '&lt;b&gt;',
  '`', '```\n', '`` ` ``', '|', '\\|', '\\', '| a | b |', '\n| fake | row |', '\n## heading', '- [x] done', '1. one', '> quote', '***', '~~~',
  '[x](http://evil.example)', '![x](http://evil.example/i.png)', '<http://evil.example>', 'http://evil.example', 'www.evil.example', 'a@evil.example',
  '@everyone', '@org/team', '#1', 'owner/repo#2', 'GH-3', ':shipit:', '$\\color{white}x$', '[^1]', '[1]: http://evil.example',
  '\u202egnp.exe', '\u2066\u2069', '\u200b', '\ufeff', '\u00ad', '\u3164', '\u{e0041}\u{e0042}', '\ud800', '\udfff', '\u0000', '\u0007', '\u001b[2J', '\u009b2J',
  '\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007', '\u2028', '\u2029', '\u0085', '\u0301'.repeat(30), '模型', '🧠',
  '{0}', '{trigger}', '__proto__', 'constructor', '', ' ', '..', '/etc/passwd', 'C:\\x', '../../x', 'a!/b', 'x'.repeat(100_000),
] as const;

const text = fc.oneof(
  fc.array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
/** JSON has no negative zero. */
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const score = fc.double({ min: 0, max: 1, noNaN: true });
const natural = fc.nat(1e12);
const severity = fc.constantFrom('info', 'low', 'medium', 'high', 'critical');
const verdict = fc.constantFrom('pass', 'warn', 'fail');
const outcome = fc.constantFrom('clear', 'flagged', 'inconclusive', 'not-applicable', 'error');
const digest = fc.nat().map((number) => `sha256:${number.toString(16).padStart(64, '0')}`);
const optional = <T>(members: { [Key in keyof T]: fc.Arbitrary<T[Key]> }, requiredKeys: (keyof T)[] = []) => fc.record(members, { requiredKeys: requiredKeys as never });

const location = optional({ member: text, tensor: text, node: text, targetClass: fc.nat(), sourceClass: fc.nat(), bytes: fc.record({ offset: natural, length: natural }) });
const error = optional(
  { code: fc.oneof(text, fc.constant('artifact/pointer')), message: text, blame: fc.constantFrom('artifact', 'user', 'tool'), where: optional({ artifact: text, offset: natural, field: text, line: fc.nat(), column: fc.nat() }), nextStep: text },
  ['code', 'message', 'blame'],
);
const picture = fc.record({ file: fc.nat().map((number) => `pictures/a-${String(number)}-sheet.png`), digest, kind: fc.constantFrom('contact-sheet', 'mask', 'pattern'), title: text });
/** Detectors name their data in code; nothing an artifact says becomes a name. (Node 24.21 parses the JSON key "\\u2028" as a backslash.) */
const dataName = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,12}$/);
const observation = optional(
  { rule: text, severity, text, data: fc.dictionary(dataName, fc.oneof(text, finite), { maxKeys: 2 }), location, pictures: fc.array(picture, { maxLength: 3 }) },
  ['rule', 'severity', 'text', 'data', 'location'],
);
const detectorId = fc.oneof(fc.constantFrom('adversarial-testing', 'output-layer-outlier'), text);
const result = optional(
  {
    detector: detectorId, outcome, score, metric: fc.record({ name: text, unit: text, value: finite, threshold: finite, flaggedWhen: fc.constantFrom('above', 'below') }),
    examined: fc.nat(), seconds: finite, observations: fc.array(observation, { maxLength: 2 }),
    measurements: fc.array(optional({ name: text, value: finite, location }, ['name', 'value']), { maxLength: 2 }), reason: text, error,
  },
  ['detector', 'outcome', 'examined', 'seconds', 'observations', 'measurements'],
);
const rule = fc.oneof(fc.constantFrom('adversarial-testing/all-to-one', 'gate/inconclusive', 'gate/policy-changed', 'trusted-source/hash-mismatch', 'trusted-source/unresolved-pointer', 'policy/p'), text);
const finding = optional(
  { rule, verdict: fc.constantFrom('warn', 'fail'), severity, confidence: score, text, nextStep: text, detector: detectorId, location, fingerprint: text },
  ['rule', 'verdict', 'severity', 'text', 'nextStep', 'location', 'fingerprint'],
);
const provenance = optional({ outcome, text, observations: fc.array(observation, { maxLength: 2 }), source: text, approvedBy: text, approvedAt: text }, ['outcome', 'text', 'observations']);
const artifact = optional(
  {
    path: text, digest, size: natural, format: text, container: text, change: fc.constantFrom('added', 'modified', 'renamed', 'deleted'), verdict, provenance,
    results: fc.uniqueArray(result, { maxLength: 3, selector: (one) => one.detector }), findings: fc.array(finding, { maxLength: 3 }), notes: fc.array(text, { maxLength: 2 }), engine: text, error,
  },
  ['path', 'verdict', 'provenance', 'results', 'findings', 'notes'],
);
const anyReport = fc.record({
  version: fc.constant(1), tool: fc.record({ name: text, version: text }), policy: fc.record({ id: text, digest, source: text }), seed: fc.integer(), verdict,
  artifacts: fc.array(artifact, { maxLength: 6 }), findings: fc.array(finding, { maxLength: 3 }),
  coverage: fc.record({ seen: fc.nat(), scanned: fc.nat(), skipped: fc.array(fc.record({ path: text, reason: text }), { maxLength: 3 }) }),
}).map((report) => withFoundPictures(report as unknown as GateReport));

/** Findings that an observation is behind, as the policy makes them: the ones that show pictures. */
function withFoundPictures(report: GateReport): GateReport {
  const artifacts = report.artifacts.map((one) => {
    const taken = one.results.flatMap((of) => of.observations.slice(0, 1).map((seen): Finding => ({
      rule: seen.rule, verdict: 'warn', severity: seen.severity, text: seen.text, nextStep: 'Look.', detector: of.detector, location: seen.location, fingerprint: 'f',
    })));
    return { ...one, findings: [...one.findings, ...taken] };
  });
  return { ...report, artifacts };
}

/** Bytes for every second picture; the others are not at hand. */
function bytesOf(report: GateReport): Pictures {
  const digests = picturesOf(report).map((one) => one.digest);
  return new Map(digests.filter((_, index) => index % 2 === 0).map((one) => [one, Buffer.from(one)]));
}

const sarifSchema = JSON.parse(readFileSync(path.join(FIXTURES, 'sarif', 'sarif-2.1.0.schema.json'), 'utf8')) as Record<string, unknown>;
delete sarifSchema['id'];
delete sarifSchema['$schema'];
const ajv = new Ajv({ strict: false, unicodeRegExp: false });
addFormats.default(ajv);
const isSarif = ajv.compile(sarifSchema);

const findingsOf = (report: GateReport): Finding[] => [...report.findings, ...report.artifacts.flatMap((one) => one.findings)];
const countOf = (document: string, pattern: RegExp): number => document.match(pattern)?.length ?? 0;

/** What every document has to be, whatever the report says. `⚠️` is ours and needs its variation selector. */
function expectHarmless(document: string): void {
  expect(document).not.toMatch(/\p{Cs}/u);
  expect(document.replaceAll('⚠️', '').replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
  expect(document).not.toContain('##[');
  expect(document.endsWith('\n') || document === '').toBe(true);
}

/** And what each kind of document has to be besides. A new reporter adds its own line here. */
const STRUCTURE: Readonly<Record<string, (document: string, report: GateReport) => void>> = {
  text(document, report) {
    const lines = document.split('\n');
    const view = viewReport(report, undefined);
    expect(lines.filter((line) => line.trimStart().startsWith('::'))).toEqual([]);
    // Rows and findings begin with a sign; nothing an artifact says may begin a line.
    const rows = lines.filter((line) => /^[✖?✔–] (FAIL|WARN|pass)(?: {3,}|$)/.test(line));
    expect(rows.length).toBe(report.artifacts.length);
    expect(lines.filter((line) => /^[✖▲] (FAIL|WARN), (info|low|medium|high|critical) {2}/.test(line)).length).toBe(view.flagged.length);
    expect(lines.filter((line) => /^[?!] (FAIL|WARN|pass), could not tell/.test(line)).length).toBe(view.untold.length);
    expect(lines.at(-2)).toMatch(/^([✖▲✔–] (FAIL|WARN|PASS) {2}| {8})/);
  },
  json(document, report) {
    const artifacts = [...report.artifacts].sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
    expect(JSON.parse(document)).toEqual({ ...report, artifacts });
    expect(Value.Check(GateReportSchema, JSON.parse(document))).toBe(true);
  },
  sarif(document, report) {
    const log = JSON.parse(document) as { runs: [{ tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number; locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }[]; artifacts: unknown[] }] };
    isSarif(log);
    expect(isSarif.errors).toBeNull();
    const [run] = log.runs;
    expect(run.results.length).toBe(findingsOf(report).length);
    for (const one of run.results) {
      expect(run.tool.driver.rules[one.ruleIndex]?.id).toBe(one.ruleId);
      expect(one.locations[0]?.physicalLocation.artifactLocation.uri).toMatch(/^(file:\/\/\/[A-Za-z0-9\-._~%/]*|[A-Za-z0-9\-._~%/]+)$/);
    }
  },
  annotations(document, report) {
    const view = viewReport(report, undefined);
    const lines = document.split('\n').slice(0, -1);
    for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) (file=[^:,]*,)?title=[^:,]+::./u);
    for (const [kind, of] of [['error', 'fail'], ['warning', 'warn'], ['notice', 'pass']] as const) {
      const expected = view.flagged.filter((one) => one.finding.verdict === of).length + view.untold.filter((one) => one.verdict === of).length;
      expect(lines.filter((line) => line.startsWith(`::${kind} `)).length).toBe(Math.min(10, expected));
    }
  },
  markdown(document, report) {
    const view = viewReport(report, undefined);
    const prose = document.replace(/`[^`\n]*`/g, '').replace(/<code>[^<\n]*<\/code>/g, '');
    expect(prose.replace(/<\/?(details|summary|b|sub|span)( open)?>/g, '')).not.toMatch(/[<>`]/);
    expect(countOf(document, /^<details/gm)).toBe(view.flagged.length);
    expect(countOf(document, /^<\/details>$/gm)).toBe(view.flagged.length);
    expect(countOf(prose, /\]\(/g)).toBe(view.flagged.length);
    expect(prose).not.toMatch(/@[\p{L}\p{N}]|(?<!&)#\d|https?:\/\/(?!github\.com\/modelgate\/modelgate\/)|!\[|\bGH-\d|www\.[a-z]/iu);
    const tables = document.split('\n').filter((line) => line.startsWith('| '));
    const headings = tables.filter((line) => /^\| (Verdict|Check|Skipped) \|/.test(line)).length;
    expect(tables.length).toBe(2 * headings + report.artifacts.length + view.untold.length + view.notApplicable.length + view.skipped.length);
    for (const line of document.split('\n')) if (line.startsWith('#')) expect(line).toMatch(/^(## (❌|⚠️|✅|➖) Model gate: |### (Findings|Artifacts|What|Coverage))/u);
  },
  html(document, report) {
    const view = viewReport(report, undefined);
    const body = document.replace(/<style>[^]*?<\/style>/, '');
    const allowed = /<\/?(?:html|head|body|header|h[123]|p|article|dl|dt|dd|div|table|tr|th|td|span|strong|code|details|summary|footer|title|a|br|meta|figure|figcaption|img)(?: [^<>]*)?>/g;
    expect(body.replace('<!doctype html>', '').replace(allowed, '')).not.toMatch(/[<>]/);
    expect(countOf(body, /<article /g)).toBe(view.flagged.length);
    for (const [, attributes] of body.matchAll(/<[a-z0-9]+ ([^<>]*)>/g)) {
      expect(attributes).toMatch(/^(class="[a-z ]+"|lang="en"|charset="utf-8"|(http-equiv|name)="[A-Za-z-]+" content="[^"]*"|href="https:\/\/github\.com\/modelgate\/[^"]*" rel="noreferrer"|class="(contact-sheet|mask|pattern)" alt="[^"]*" src="data:image\/png;base64,[A-Za-z0-9+/]+=*")$/);
    }
    expect(body.includes('img-src data:;')).toBe(body.includes('<img '));
    expect(countOf(body, /<figure>/g)).toBe(view.flagged.reduce((sum, one) => sum + one.pictures.length, 0));
  },
};

describe.each(reporters.map((one) => [one.meta.id, one] as const))('%s', (id, reporter: Reporter) => {
  it('says in its meta what it writes', () => {
    expect(reporter.meta).toMatchObject({ id, mediaType: expect.stringMatching(/^\w+\/[\w+-]+$/) as string, fileExtension: expect.stringMatching(/^\w+$/) as string });
    expect(STRUCTURE[id], `Say in tests/contracts/reporters.test.ts what a document of ${id} has to be.`).toBeDefined();
  });

  it('keeps hostile strings from breaking out, wherever they stand', () => {
    fc.assert(
      fc.property(anyReport, fc.boolean(), fc.boolean(), fc.boolean(), (report, verbose, hasRules, hasPictureFiles) => {
        const options = { color: false, verbose, hasPictureFiles, pictures: bytesOf(report), ...(hasRules ? { rules: RULES } : {}) };
        const document = reporter.render(report, options);

        expectHarmless(document);
        STRUCTURE[id]?.(document, report);
        expect(reporter.render(structuredClone(report), options)).toBe(document);
      }),
      { numRuns: 100 },
    );
  });

  it.each(REPORT_NAMES)('keeps the %s report in its structure', (name) => {
    const report = loadReport(name);
    const document = reporter.render(report, { ...PLAIN, rules: RULES });

    expectHarmless(document);
    STRUCTURE[id]?.(document, report);
  });

  it('does not change the report it is given', () => {
    const report = loadReport('mixed');
    reporter.render(report, { color: true, verbose: true, rules: RULES });

    expect(report).toEqual(loadReport('mixed'));
  });

  // JSON is the whole report by contract: it has no limit to hold.
  it.skipIf(id === 'json')('holds its limit with 5,000 findings and counts what it leaves out', () => {
    const [model] = loadReport('mixed').artifacts;
    if (model === undefined) throw new Error('the mixed report has no artifact');
    const long = 'naïve '.repeat(400);
    const artifacts = Array.from({ length: 500 }, (_, number): ArtifactReport => ({
      ...model,
      path: `models/${String(number)}/${long}.onnx`,
      results: [...model.results, ...Array.from({ length: 3 }, (_unused, index): Result => ({ detector: `d${String(index)}`, outcome: 'inconclusive', examined: 0, seconds: 0, observations: [], measurements: [], reason: `${long} ${String(number)}` }))],
      findings: Array.from({ length: 10 }, (_unused, index): Finding => ({
        rule: 'adversarial-testing/all-to-one', verdict: 'fail', severity: 'high', text: long, nextStep: long, location: { tensor: long }, fingerprint: `${String(number)}/${String(index)}`,
      })),
    }));
    const document = reporter.render({ ...loadReport('mixed'), artifacts, findings: [] }, { ...PLAIN, rules: RULES });

    if (reporter.meta.maxBytes !== undefined) expect(Buffer.byteLength(document)).toBeLessThanOrEqual(reporter.meta.maxBytes);
    if (id === 'annotations') expect(document.split('\n').length - 1).toBeLessThanOrEqual(30);
    expect(document).toMatch(/[\d,]+ (more|less severe|findings? (is|are) left out)|more[^.]* not shown|left out/);
  });
});

/** The example at the end of docs/reporters/<id>.md: what is worth showing of a document. */
const EXAMPLES: Readonly<Record<string, (reporter: Reporter) => string>> = {
  text: (reporter) => reporter.render(loadReport('mixed'), { ...PLAIN, rules: RULES }).split('\n\n').slice(0, 3).join('\n\n'),
  json: (reporter) => reporter.render(loadReport('empty'), PLAIN),
  sarif: (reporter) => {
    const log = JSON.parse(reporter.render(loadReport('mixed'), { ...PLAIN, rules: RULES })) as { runs: [{ results: unknown[] }] };
    return JSON.stringify(log.runs[0].results[0], undefined, 2);
  },
  markdown: (reporter) => {
    const document = reporter.render(loadReport('mixed'), { ...PLAIN, rules: RULES });
    return document.slice(document.indexOf('<details'), document.indexOf('</details>') + '</details>'.length);
  },
  html: (reporter) => reporter.render(loadReport('mixed'), PLAIN).split('\n').filter((line) => /<(meta|title|header)/.test(line)).join('\n'),
  annotations: (reporter) => reporter.render(loadReport('mixed'), { ...PLAIN, rules: RULES }).split('\n').slice(0, 2).join('\n'),
};

it.each(reporters.map((one) => [one.meta.id, one] as const))('docs/reporters/%s.md ends with an example that is rendered, not written', async (id, reporter) => {
  const page = path.resolve(import.meta.dirname, `../../docs/reporters/${id}.md`);
  const example = EXAMPLES[id]?.(reporter).trimEnd() ?? `Say in tests/contracts/reporters.test.ts what to show of ${id}.`;
  const current = readFileSync(page, 'utf8').replace(/(\n````\w+\n)[^]*(````\n)$/, (_, open: string, close: string) => `${open}${example}\n${close}`);

  // `vitest -u` brings the page up to date.
  await expect(current).toMatchFileSnapshot(page);
});

it('a report of newer code is rendered rather than refused: unknown rules and formats have words', () => {
  for (const reporter of reporters) {
    const report = loadReport('clean');
    const [first] = report.artifacts;
    first?.findings.push({ rule: 'future-detector/new-thing', verdict: 'fail', severity: 'high', text: 'Something new.', nextStep: 'Update.', location: {}, fingerprint: 'f' });

    expect(reporter.render({ ...report, verdict: 'fail' }, PLAIN)).toMatch(/New thing|new-thing/);
  }
});
