import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { INPUT_DEFAULTS, readInputs } from '../../src/action/inputs.ts';
import { GateError } from '../../src/errors.ts';

const root = path.resolve(import.meta.dirname, '../..');

function given(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

function messageOf(inputs: Readonly<Record<string, string>>): string {
  try {
    readInputs(given(inputs));
  } catch (thrown) {
    if (thrown instanceof GateError && thrown.code === 'arguments/invalid') return `${thrown.message} → ${thrown.nextStep ?? ''}`;
    throw thrown;
  }
  throw new Error('the inputs were accepted');
}

describe('readInputs', () => {
  it('has the inputs and defaults of action.yml', () => {
    const action = parse(readFileSync(path.join(root, 'action.yml'), 'utf8')) as { inputs: Record<string, { default: string }> };
    const declared = Object.fromEntries(Object.entries(action.inputs).map(([name, one]) => [name, one.default]));

    expect(declared).toEqual({ ...INPUT_DEFAULTS, token: '${{ github.token }}' });
  });

  it('gives every input its default when nothing is set', () => {
    expect(readInputs({})).toMatchInlineSnapshot(`
      {
        "allowUntrustedExecution": false,
        "annotations": true,
        "base": undefined,
        "baseline": undefined,
        "budgetSeconds": undefined,
        "cache": undefined,
        "datasets": [],
        "engine": "auto",
        "failOn": "fail",
        "formats": [
          "json",
          "sarif",
        ],
        "head": undefined,
        "lockfile": undefined,
        "paths": [],
        "policy": undefined,
        "reportFolder": undefined,
        "samples": undefined,
        "scope": "auto",
        "seed": 0,
        "summary": true,
        "threads": undefined,
        "token": undefined,
        "warnOnly": false,
        "workingDirectory": ".",
      }
    `);
  });

  it('takes an empty value as one that is not set, because that is what an unset variable gives', () => {
    expect(readInputs(given({ 'fail-on': '', seed: '  ', summary: '' }))).toEqual(readInputs({}));
  });

  it('reads paths one a line and always writes JSON', () => {
    const inputs = readInputs(given({ paths: ' models/a b.onnx \r\n\n export/ ', formats: 'sarif,html sarif' }));

    expect(inputs.paths).toEqual(['models/a b.onnx', 'export/']);
    expect(inputs.formats).toEqual(['json', 'sarif', 'html']);
  });

  it('reads datasets one a line', () => {
    expect(readInputs(given({ dataset: 'data/train\r\n data/extra set.csv \n' })).datasets).toEqual(['data/train', 'data/extra set.csv']);
  });

  it('names the input, its value and what is allowed', () => {
    expect(messageOf({ 'fail-on': 'error' })).toMatchInlineSnapshot(
      `"The input \`fail-on\` is "error"; allowed is \`fail\`, \`warn\` or \`never\`. → Correct \`fail-on\` under \`with:\` in the workflow file."`,
    );
    expect(messageOf({ threads: '0' })).toContain('allowed is `auto` or a whole number from 1 to 1024');
  });

  it.each([
    ['scope', 'some'],
    ['warn-only', 'yes'],
    ['warn-only', '1'],
    ['seed', '-1'],
    ['seed', '1.5'],
    ['seed', '1e3'],
    ['seed', '99999999999999999999'],
    ['budget', '0'],
    ['budget', '10s'],
    ['budget', 'Infinity'],
    ['threads', 'all'],
    ['engine', 'tensorrt'],
    ['formats', 'pdf'],
    ['formats', 'annotations'],
    ['summary', 'on'],
    ['annotations', 'off'],
    ['base', '--upload-pack=x'],
    ['base', 'a..b'],
    ['head', 'a b'],
    ['allow-untrusted-execution', 'TRUE!'],
  ])('refuses %s: %s', (name, value) => {
    expect(messageOf({ [name]: value })).toContain(`The input \`${name}\` is`);
  });

  it('refuses warn-only together with fail-on: warn, which would fail what was lowered to a warning', () => {
    expect(messageOf({ 'warn-only': 'true', 'fail-on': 'warn' })).toContain('contradict');
  });

  it('refuses a misspelt input instead of leaving the gate open, and leaves other software its variables', () => {
    expect(messageOf({ 'fail-no': 'warn' })).toContain('Did you mean "fail-on"?');
    expect(readInputs({ INPUT_COLORTHEME_OF_ANOTHER_TOOL: 'dark' })).toEqual(readInputs({}));
  });
});

interface Step {
  readonly uses?: string;
  readonly id?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** Every step with `uses` in a YAML document, wherever it stands. */
function stepsOf(value: unknown): Step[] {
  if (typeof value !== 'object' || value === null) return [];
  const here = 'uses' in value ? [value as Step] : [];
  return [...here, ...Object.values(value).flatMap(stepsOf)];
}

describe('examples', () => {
  const workflows = readdirSync(path.join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`);
  const documents = [...workflows, 'docs/action.md', 'README.md'].flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const blocks = file.endsWith('.md') ? [...text.matchAll(/```yaml\n([^]*?)```/g)].map((match) => match[1] ?? '') : [text];
    return blocks.map((block) => ({ file, block }));
  });
  const ours = documents.flatMap(({ file, block }) =>
    stepsOf(parse(block)).filter(({ uses }) => uses === './' || uses?.startsWith('modelgate/modelgate@')).map((step) => ({ file, step })),
  );

  it('are there in the workflows, the README and the guide', () => {
    expect([...new Set(ours.map(({ file }) => file))].sort()).toEqual(['.github/workflows/demo.yml', 'README.md', 'docs/action.md']);
  });

  it('give no input that does not exist and no value that is not allowed', () => {
    for (const { file, step } of ours) {
      const inputs = Object.fromEntries(Object.entries(step.with ?? {}).map(([name, value]) => [name, String(value)]));
      expect(Object.keys(inputs).filter((name) => !(name in INPUT_DEFAULTS)), file).toEqual([]);
      expect(() => readInputs(given(inputs)), file).not.toThrow();
    }
  });

  it('pin other people’s actions by commit in our own workflows', () => {
    const loose = workflows.flatMap((file) => stepsOf(parse(readFileSync(path.join(root, file), 'utf8'))))
      .filter(({ uses }) => uses !== './' && !/@[0-9a-f]{40}$/.test(uses ?? ''));

    expect(loose).toEqual([]);
  });
});
