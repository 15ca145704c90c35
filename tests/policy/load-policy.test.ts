import { Type } from '@sinclair/typebox';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detector } from '../../src/detectors/detector.ts';
import { GateError } from '../../src/errors.ts';
import { loadPolicy } from '../../src/policy/load-policy.ts';
import type { ResolvedPolicy } from '../../src/policy/policy.ts';
import { READY_POLICIES } from '../../src/policy/ready-policies.ts';
import { fakeDetector, fakeDetectors } from './fake-detectors.ts';

interface Setup {
  readonly files?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly detectors?: readonly Detector[];
}

function load(text: string, { files = {}, path = 'modelgate.yml', detectors = fakeDetectors }: Setup = {}): Promise<ResolvedPolicy> {
  const readFile = (file: string): Promise<string | undefined> => Promise.resolve(files[file]);
  return loadPolicy({ source: { kind: 'file', path, text }, readFile, detectors });
}

/** What a person sees: code, place, message. */
async function refusal(text: string, setup: Setup = {}): Promise<string> {
  const thrown = await load(text, setup).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof GateError)) throw new Error(`expected a GateError, got ${String(thrown)}`);
  const { where } = thrown;
  return `${thrown.code} at ${where?.artifact}:${where?.line}:${where?.column} (${where?.field ?? 'document'})\n${thrown.message}`;
}

describe('a mistake in a policy', () => {
  it('that is a misspelled key names the nearest one, with line and column', async () => {
    expect(await refusal('version: 1\nextend: strict\n')).toMatchInlineSnapshot(`
      "policy/invalid at modelgate.yml:2:1 (extend)
      The key "extend" is not known here. Did you mean "extends"?"
    `);
  });

  it('that is a key from elsewhere lists the known ones', async () => {
    expect(await refusal('version: 1\noutcomes:\n  clear: pass\n')).toMatchInlineSnapshot(`
      "policy/invalid at modelgate.yml:3:3 (outcomes.clear)
      The key "clear" is not known here. Known are: flagged, weighed, error, inconclusive, not-applicable."
    `);
  });

  it('that is a wrong version, or none, says so', async () => {
    expect(await refusal('version: 2')).toMatchInlineSnapshot(`
      "policy/invalid at modelgate.yml:1:10 (version)
      Expected the number 1, not the number 2."
    `);
    expect(await refusal('id: mine')).toMatchInlineSnapshot(`
      "policy/invalid at modelgate.yml:1:1 (document)
      The key "version" is missing here."
    `);
  });

  it('that is a wrong type says what was expected; all of a file are listed together', async () => {
    const text = [
      'version: 1',
      'nothingToScan: no',
      'budgetSeconds: soon',
      'artifacts:',
      '  include: "**/*.onnx"',
      '  exclude: [1]',
      'outcomes: {flagged: block, inconclusive: [warn]}',
      'models:',
      '  - match: ""',
      '    input: {size: [1], layout: NCHW, channels: 3.5, std: [0], mean: []}',
    ].join('\n');

    expect(await refusal(text)).toMatchInlineSnapshot(`
      "policy/invalid at modelgate.yml:2:16 (nothingToScan)
      12 problems.
        modelgate.yml:2:16: Expected pass, warn or fail, not the text "no".
        modelgate.yml:3:16: Expected a number, not the text "soon".
        modelgate.yml:5:12: Expected a list, not the text "**/*.onnx".
        modelgate.yml:6:13: Expected a text, not the number 1.
        modelgate.yml:7:21: Expected pass, warn or fail, not the text "block".
        modelgate.yml:7:42: Expected pass, warn or fail, not a list.
        modelgate.yml:9:12: Expected a text that is not empty.
        modelgate.yml:10:19: Expected a list of at least 2, not of 1.
        modelgate.yml:10:32: Expected nchw, nhwc or flat, not the text "NCHW". Did you mean "nchw"?
        modelgate.yml:10:48: Expected a whole number, not the number 3.5.
        modelgate.yml:10:59: Expected a number above 0, not the number 0.
        modelgate.yml:10:69: Expected a list of at least 1, not of 0."
    `);
  });

  it('that is an unknown detector names the nearest, also in rules', async () => {
    expect(await refusal('version: 1\ndetectors:\n  adverserial-testing: {}\n')).toMatchInlineSnapshot(`
      "policy/unknown-detector at modelgate.yml:3:3 (detectors.adverserial-testing)
      There is no detector "adverserial-testing". Did you mean "adversarial-testing"?"
    `);
    const rules = [
      'version: 1',
      'rules:',
      '  - {id: a, detectors: [output-layer], outcomes: {flagged: warn}}',
      '  - {id: b, when: {any: [perturbation-entrop]}, then: warn}',
      '  - {id: c, when: {weights: {adversarial-tests: 1}, threshold: 0.5}, then: warn}',
    ].join('\n');
    expect(await refusal(rules)).toMatchInlineSnapshot(`
      "policy/unknown-detector at modelgate.yml:3:25 (rules[0].detectors[0])
      3 problems.
        modelgate.yml:3:25: There is no detector "output-layer". Known are: adversarial-testing, output-layer-outlier, perturbation-entropy.
        modelgate.yml:4:26: There is no detector "perturbation-entrop". Did you mean "perturbation-entropy"?
        modelgate.yml:5:30: There is no detector "adversarial-tests". Did you mean "adversarial-testing"?"
    `);
  });

  it('that is in a detector’s own options is found like any other', async () => {
    const text = 'version: 1\ndetectors:\n  adversarial-testing: {imgaes: 64, images: 2, patch: {sise: 3}}\n  output-layer-outlier: {images: 64}\n';

    expect(await refusal(text)).toMatchInlineSnapshot(`
      "policy/invalid at modelgate.yml:3:25 (detectors.adversarial-testing.imgaes)
      4 problems.
        modelgate.yml:3:25: The key "imgaes" is not known here. Did you mean "images"?
        modelgate.yml:3:45: Expected a number of at least 8, not the number 2.
        modelgate.yml:3:56: The key "sise" is not known here. Did you mean "size"?
        modelgate.yml:4:26: The key "images" is not known here. Known are: enabled, required, threshold, timeoutSeconds, minimumClasses."
    `);
  });

  it('that is an impossible threshold says which forms there are', async () => {
    const text = [
      'version: 1',
      'detectors:',
      '  adversarial-testing: {threshold: 3}',
      '  output-layer-outlier: {threshold: {metric: 3, score: 0.5}}',
      '  perturbation-entropy: {threshold: {score: 1}}',
    ].join('\n');

    expect(await refusal(text)).toMatchInlineSnapshot(`
      "policy/invalid at modelgate.yml:3:36 (detectors.adversarial-testing.threshold)
      3 problems.
        modelgate.yml:3:36: Expected a mapping, not the number 3.
        modelgate.yml:4:37: Expected a mapping of exactly one form: with metric, or with score.
        modelgate.yml:5:45: Expected a number below 1, not the number 1."
    `);
  });

  it('that is in a rule is explained for the kind of rule its author meant', async () => {
    const text = [
      'version: 1',
      'rules:',
      '  - id: Two Agree',
      '    when: {atleast: 2, of: [adversarial-testing, adversarial-testing]}',
      '    then: pass',
      '  - id: empty',
      '  - id: mixed',
      '    detectors: []',
      '    outcome: {flagged: warn}',
      '  - {id: heavy, when: {weights: {}, threshold: 1.5}, then: fail}',
      '  - {id: light, when: {any: [output-layer-outlier], all: [output-layer-outlier]}, then: fail}',
    ].join('\n');

    expect(await refusal(text)).toMatchInlineSnapshot(`
      "policy/invalid at modelgate.yml:3:9 (rules[0].id)
      10 problems.
        modelgate.yml:3:9: The text "Two Agree" does not have the form ^[a-z0-9][a-z0-9-]*$.
        modelgate.yml:4:12: The key "atleast" is not known here. Did you mean "atLeast"?
        modelgate.yml:4:28: The list names "adversarial-testing" twice.
        modelgate.yml:5:11: Expected warn or fail, not the text "pass".
        modelgate.yml:6:5: Expected a mapping of exactly one form: with detectors and outcomes, or with when and then.
        modelgate.yml:8:16: Expected a list of at least 1, not of 0.
        modelgate.yml:9:5: The key "outcome" is not known here. Did you mean "outcomes"?
        modelgate.yml:10:33: Expected a mapping with at least one key.
        modelgate.yml:10:48: Expected a number of at most 1, not the number 1.5.
        modelgate.yml:11:23: Expected a mapping of exactly one form: with any, or with all, or with atLeast and of, or with weights and threshold."
    `);
  });

  it('that a schema cannot see is found as well', async () => {
    const text = [
      'version: 1',
      'artifacts: {include: ["/models/*"], exclude: ["!keep.onnx", "../other/**"]}',
      'rules:',
      '  - {id: a, when: {atLeast: 3, of: [adversarial-testing, output-layer-outlier]}, then: fail}',
      '  - {id: a, detectors: [adversarial-testing], outcomes: {flagged: warn}, artifacts: ["C:/x"]}',
      'models:',
      '  - {match: "!x", input: {range: [1, 1], mean: [0, 0], std: [1, 1, 1], channels: 3}}',
    ].join('\n');

    expect(await refusal(text)).toMatchInlineSnapshot(`
      "policy/invalid at modelgate.yml:2:23 (artifacts.include[0])
      10 problems.
        modelgate.yml:2:23: The glob "/models/*" is absolute; globs are relative to the repository root.
        modelgate.yml:2:47: The glob "!keep.onnx" starts with "!", which would match everything else.
        modelgate.yml:2:61: The glob "../other/**" leads out of the repository.
        modelgate.yml:4:29: The rule needs 3 detectors and names 2.
        modelgate.yml:5:10: There are two rules with the id "a" in this file.
        modelgate.yml:5:86: The glob "C:/x" is absolute; globs are relative to the repository root.
        modelgate.yml:7:13: The glob "!x" starts with "!", which would match everything else.
        modelgate.yml:7:34: Black and white have the same value.
        modelgate.yml:7:48: There are 2 values for 3 channels.
        modelgate.yml:7:61: There are 3 values, but 2 in mean."
    `);
  });

  it('that makes a rule unreachable is an error, not a rule that is never heard of again', async () => {
    const text = [
      'version: 1',
      'detectors: {output-layer-outlier: {enabled: false}}',
      'rules:',
      '  - {id: both, when: {all: [output-layer-outlier, adversarial-testing]}, then: fail}',
      '  - {id: one, when: {any: [output-layer-outlier, adversarial-testing]}, then: fail}',
    ].join('\n');

    expect(await refusal(text)).toMatchInlineSnapshot(`
      "policy/invalid at modelgate.yml:4:22 (rules[0].when)
      The rule "both" can never hold: output-layer-outlier is not enabled."
    `);
  });

  it('that is not a mapping, or not YAML, is found before anything else', async () => {
    expect(await refusal('[1]')).toContain('policy/invalid at modelgate.yml:1:1 (document)\nExpected a mapping, not a list.');
    expect(await refusal('version: 1\nversion: 1')).toContain('2:1 (version)\nThe key "version" stands twice in one mapping.');
    expect(await refusal('version: 1\n<<: {id: a}')).toContain('The key "<<" is not known here.');
    expect(await refusal('version: 1\n__proto__: {id: a}')).toContain('The key "__proto__" is not known here.');
  });

  it('is one of at most twenty that are listed', async () => {
    const many = await refusal(`version: 1\n${Array.from({ length: 30 }, (_, index) => `unknown${index}: 1`).join('\n')}`);

    expect(many).toContain('30 problems.');
    expect(many.split('\n')).toHaveLength(23);
    expect(many).toContain('… and 10 more.');
  });

  it('never escapes as anything but a GateError, whatever the document holds', async () => {
    const keys = fc.constantFrom('version', 'extends', 'id', 'rules', 'models', 'detectors', 'adversarial-testing', 'threshold', 'when', 'any', 'of', 'atLeast', 'artifacts', 'match', 'input', 'range', 'outcomes', '__proto__', 'x/y~z');
    const leaves = fc.oneof(fc.constantFrom(1, 'strict', 'fail', true, null, -1, '../x', '!*', '', 'adversarial-testing'), fc.double());
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'medium' }, leaves, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(keys, tie('value'), { maxKeys: 5 })),
    }));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, value, { maxKeys: 8 }), async (document) => {
        const thrown = await load(JSON.stringify({ version: 1, ...document })).catch((error: unknown) => error);
        if (thrown instanceof Error) expect(thrown).toBeInstanceOf(GateError);
        if (thrown instanceof GateError) expect(thrown.where).toMatchObject({ artifact: expect.any(String) as string, line: 1, column: expect.any(Number) as number });
      }),
      { numRuns: 500 },
    );
  });
});

describe('extends', () => {
  it('is recommended when it says nothing, and any ready policy by name', async () => {
    const recommended = await load('version: 1');

    expect(recommended.outcomes).toEqual({ flagged: 'fail', weighed: 'pass', error: 'fail', inconclusive: 'warn', 'not-applicable': 'pass' });
    expect((await load('version: 1\nextends: strict')).outcomes.inconclusive).toBe('fail');
    expect((await load('version: 1\nextends: [strict, observe]')).outcomes.inconclusive).toBe('warn');
  });

  it('takes files relative to the one that names them, and calls them by their path from the root', async () => {
    const asked: string[] = [];
    const files: Readonly<Record<string, string>> = {
      'ci/base/org.yml': 'version: 1\nextends: ../team.json\nnothingToScan: fail',
      'ci/team.json': '{"version": 1, "extends": "strict", "unrecognized": "warn"}',
    };
    const policy = await loadPolicy({
      source: { kind: 'file', path: 'ci/gate.yml', text: 'version: 1\nextends: base/org.yml\nchangedInHead: fail' },
      readFile: (file) => {
        asked.push(file);
        return Promise.resolve(files[file]);
      },
      detectors: fakeDetectors,
    });

    expect(asked).toEqual(['ci/base/org.yml', 'ci/team.json']);
    expect(policy).toMatchObject({ id: 'gate', source: 'ci/gate.yml', nothingToScan: 'fail', unrecognized: 'warn', changedInHead: 'fail', unknownChanges: 'fail' });
  });

  it('reports mistakes of an extended file with its own name', async () => {
    expect(await refusal('version: 1\nextends: ./base.yml', { files: { 'base.yml': 'version: 1\n\nrule: []' } })).toMatchInlineSnapshot(`
      "policy/invalid at base.yml:3:1 (rule)
      The key "rule" is not known here. Did you mean "rules"?"
    `);
  });

  it.each([
    ['strct', 'There is no ready policy "strct". Did you mean "strict"?'],
    ['company', 'There is no ready policy "company". Ready policies are: observe, recommended, strict; a file is named with its ending, such as ./company.yml.'],
    ['./gone.yml', 'There is no policy file "gone.yml".'],
    ['../outside.yml', '"../outside.yml" leads out of the folder that policies are read from.'],
    ['a/../../outside.yml', '"a/../../outside.yml" leads out of the folder that policies are read from.'],
    ['/etc/policy.yml', '"/etc/policy.yml" is an absolute path; paths are relative to the file that names them.'],
    ['..\\outside.yml', '"..\\\\outside.yml" has a backslash; paths are written with "/".'],
    ['https://example.com/p.yml', '"https://example.com/p.yml" is neither a ready policy nor a file in this repository; policies are not fetched from elsewhere.'],
    ['C:/p.yml', '"C:/p.yml" is neither a ready policy nor a file in this repository; policies are not fetched from elsewhere.'],
    ['__proto__', 'There is no ready policy "__proto__". Ready policies are: observe, recommended, strict; a file is named with its ending, such as ./__proto__.yml.'],
  ])('refuses %s', async (reference, message) => {
    const code = reference === './gone.yml' ? 'policy/not-found' : 'policy/invalid';

    expect(await refusal(`version: 1\nextends:\n  - ${JSON.stringify(reference)}`)).toBe(`${code} at modelgate.yml:3:5 (extends[0])\n${message}`);
  });

  it('refuses a circle and shows it', async () => {
    const files = { 'a.yml': 'version: 1\nextends: ./b.yml', 'b.yml': 'version: 1\nextends: [observe, ./modelgate.yml]' };

    expect(await refusal('version: 1\nextends: ./a.yml', { files })).toMatchInlineSnapshot(`
      "policy/invalid at b.yml:2:20 (extends[1])
      The policies extend each other in a circle: modelgate.yml → a.yml → b.yml → modelgate.yml."
    `);
    expect(await refusal('version: 1\nextends: ./modelgate.yml')).toContain('in a circle: modelgate.yml → modelgate.yml.');
  });

  it('refuses a chain without end', async () => {
    const thrown = await loadPolicy({
      source: { kind: 'file', path: '0.yml', text: 'version: 1\nextends: ./1.yml' },
      readFile: (file) => Promise.resolve(`version: 1\nextends: ./${Number.parseInt(file, 10) + 1}.yml`),
      detectors: fakeDetectors,
    }).catch((error: unknown) => error);

    expect(thrown).toBeInstanceOf(GateError);
    expect((thrown as GateError).message).toBe('More than 32 policies extend each other.');
  });

  it('stays in the folder of a policy that lies outside of the repository', async () => {
    const files = { '/opt/policies/base.yml': 'version: 1\nextends: strict' };

    expect((await load('version: 1\nextends: ./base.yml', { path: '/opt/policies/org.yml', files })).outcomes.inconclusive).toBe('fail');
    expect(await refusal('version: 1\nextends: ../base.yml', { path: '/opt/policies/org.yml', files })).toContain('leads out of the folder');
  });

  it('applies a policy that two others share once, before both', async () => {
    const files = { 'a.yml': 'version: 1\nextends: strict\nunrecognized: warn', 'b.yml': 'version: 1\nextends: strict\nnothingToScan: warn' };

    expect(await load('version: 1\nextends: [./a.yml, ./b.yml]', { files })).toMatchObject({ unrecognized: 'warn', nothingToScan: 'warn', unknownChanges: 'fail' });
  });

  it('answers an unknown ready policy with the nearest', async () => {
    const thrown = await loadPolicy({ source: { kind: 'built-in', id: 'recomended' }, readFile: () => Promise.resolve(undefined), detectors: fakeDetectors }).catch((error: unknown) => error);

    expect(thrown).toMatchObject({ code: 'policy/not-found', message: 'There is no ready policy "recomended". Did you mean "recommended"?' });
  });
});

describe('merging', () => {
  it('merges mappings, replaces lists, appends rules and models', async () => {
    const files = {
      'base.yml': [
        'version: 1',
        'extends: recommended',
        'artifacts: {exclude: [a/**, b/**]}',
        'trustedSource: {allowedSources: [x], unlisted: fail}',
        'rules: [{id: first, detectors: [adversarial-testing], outcomes: {flagged: warn}}, {id: second, detectors: [adversarial-testing], outcomes: {error: warn}}]',
        'models: [{match: "**", labels: [a, b]}]',
        'budgetSeconds: 60',
      ].join('\n'),
    };
    const text = [
      'version: 1',
      'extends: ./base.yml',
      'artifacts: {exclude: [c/**]}',
      'trustedSource: {unlisted: warn}',
      'rules: [{id: third, when: {any: [adversarial-testing]}, then: fail}, {id: first, detectors: [perturbation-entropy], outcomes: {flagged: pass}}]',
      'models: [{match: "m/**", samples: data}]',
    ].join('\n');
    const policy = await load(text, { files });

    expect(policy.artifacts.exclude).toEqual(['c/**']);
    expect(policy.artifacts.include).toContain('**/*.{onnx,ort}');
    expect(policy.trustedSource).toMatchObject({ allowedSources: ['x'], unlisted: 'warn', mismatch: 'fail' });
    expect(policy.rules.map((one) => one.id)).toEqual(['second', 'third', 'first']);
    expect(policy.rules[2]).toEqual({ id: 'first', detectors: ['perturbation-entropy'], outcomes: { flagged: 'pass' } });
    expect(policy.models).toEqual([{ match: '**', labels: ['a', 'b'] }, { match: 'm/**', samples: 'data' }]);
    expect(policy.budgetSeconds).toBe(60);
  });

  it('replaces a threshold as a whole and keeps the other options', async () => {
    const files = { 'base.yml': 'version: 1\ndetectors: {adversarial-testing: {threshold: {metric: 3}, images: 64, required: true, timeoutSeconds: 9}}' };
    const policy = await load('version: 1\nextends: ./base.yml\ndetectors: {adversarial-testing: {threshold: {score: 0.7}, patch: {color: red}}}', { files });

    expect(policy.detectors.find((one) => one.id === 'adversarial-testing')).toEqual({
      id: 'adversarial-testing',
      required: true,
      threshold: { score: 0.7 },
      timeoutSeconds: 9,
      options: { images: 64, patch: { color: 'red', size: 4 } },
    });
  });

  it('does not let the id or the schema of an extended policy through', async () => {
    const files = { '.github/base.yml': '{"$schema": "x", "version": 1, "id": "base"}' };

    expect((await load('version: 1\nextends: ./base.yml', { files, path: '.github/.gate.yaml' })).id).toBe('gate');
  });
});

describe('detectors', () => {
  it('run with every default filled in', async () => {
    const { detectors } = await load('version: 1');

    expect(detectors).toEqual([
      { id: 'output-layer-outlier', required: false, threshold: undefined, timeoutSeconds: 120, options: { minimumClasses: 5 } },
      { id: 'adversarial-testing', required: false, threshold: undefined, timeoutSeconds: 120, options: { images: 32, patch: { size: 4 } } },
      { id: 'perturbation-entropy', required: false, threshold: undefined, timeoutSeconds: 120, options: {} },
    ]);
  });

  it('run when they are stable or named, and not switched off', async () => {
    const detectors = [...fakeDetectors, fakeDetector('old', { lifecycle: 'deprecated' }), fakeDetector('new', { lifecycle: 'experimental' })];

    expect((await load('version: 1\ndetectors: {adversarial-testing: {enabled: false}}', { detectors })).detectors.map((one) => one.id)).toEqual(['output-layer-outlier', 'perturbation-entropy']);
    for (const id of ['old', 'new']) expect((await load(`version: 1\ndetectors: {${id}: {}}`, { detectors })).detectors.map((one) => one.id)).toContain(id);
  });

  it('run while experimental where an enabled one that joins results weighs them, and not where it is switched off', async () => {
    const joins = fakeDetector('joins', { joins: true, after: ['part'] });
    const detectors = [fakeDetector('part', { lifecycle: 'experimental' }), fakeDetector('other', { lifecycle: 'experimental' }), joins];
    const ids = async (policy: string): Promise<string[]> => (await load(policy, { detectors })).detectors.map((one) => one.id);

    expect(await ids('version: 1')).toEqual(['part', 'joins']);
    expect(await ids('version: 1\ndetectors: {part: {enabled: false}}')).toEqual(['joins']);
    expect(await ids('version: 1\ndetectors: {joins: {enabled: false}}')).toEqual([]);
  });

  it('run the cheap ones first, and each after what it builds on', async () => {
    const samples = { cost: { tier: 'samples', description: '' } } as const;
    const detectors = [
      fakeDetector('a', { ...samples, after: ['c'] }),
      fakeDetector('b', { cost: { tier: 'data-free', description: '' }, after: ['gone'] }),
      fakeDetector('c', samples),
      fakeDetector('d'),
      fakeDetector('e', { after: ['a'] }),
    ];

    expect((await load('version: 1', { detectors })).detectors.map((one) => one.id)).toEqual(['d', 'b', 'c', 'a', 'e']);
    expect((await load('version: 1\ndetectors: {c: {enabled: false}}', { detectors })).detectors.map((one) => one.id)).toEqual(['d', 'b', 'a', 'e']);
  });

  it('that wait for each other are our mistake', async () => {
    const detectors = [fakeDetector('a', { after: ['b'] }), fakeDetector('b', { after: ['a'] })];

    await expect(load('version: 1', { detectors })).rejects.toMatchObject({ code: 'internal/unexpected', message: 'Detectors wait for each other: a, b.' });
  });

  it('whose default options break their own schema are our mistake', async () => {
    const detectors = [fakeDetector('odd', {}, Type.Object({ size: Type.Integer({ default: 1, minimum: 2 }) }, { additionalProperties: false }))];

    await expect(load('version: 1', { detectors })).rejects.toMatchObject({ code: 'internal/unexpected' });
  });
});

describe('digest', () => {
  it('is the same for the same decisions, however they are written', async () => {
    const yaml = await load('version: 1\nid: x\nextends: strict\noutcomes: {flagged: warn, error: warn}');
    const json = await load('{"outcomes": {"error": "warn", "flagged": "warn"}, "id": "x", "extends": ["strict"], "version": 1}', { path: 'other.json' });

    expect(json.digest).toBe(yaml.digest);
    expect(yaml.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('changes with everything that decides', async () => {
    const base = await load('version: 1\nid: x');
    const changes = [
      'nothingToScan: fail',
      'outcomes: {inconclusive: fail}',
      'detectors: {adversarial-testing: {images: 33}}',
      'detectors: {adversarial-testing: {threshold: {metric: 3.5}}}',
      'detectors: {adversarial-testing: {required: true}}',
      'detectors: {adversarial-testing: {enabled: false}}',
      'budgetSeconds: 5',
      'models: [{match: "**", samples: data}]',
      'artifacts: {exclude: [x]}',
      'rules: [{id: a, when: {any: [adversarial-testing]}, then: warn}]',
    ];
    const digests = await Promise.all(changes.map(async (one) => (await load(`version: 1\nid: x\n${one}`)).digest));

    expect(new Set([base.digest, ...digests]).size).toBe(changes.length + 1);
  });

  it('differs between the ready policies', async () => {
    const digests = await Promise.all(
      Object.keys(READY_POLICIES).map(async (id) => (await loadPolicy({ source: { kind: 'built-in', id }, readFile: () => Promise.resolve(undefined), detectors: fakeDetectors })).digest),
    );

    expect(new Set(digests).size).toBe(3);
  });
});
