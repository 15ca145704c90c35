import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadingCode } from '../../src/detectors/loading-code.ts';
import { judgeName } from '../../src/detectors/loading-code/judge-name.ts';
import { LOADING_CODE_MESSAGES } from '../../src/detectors/loading-code/messages.ts';
import { DANGEROUS } from '../../src/detectors/loading-code/name-lists.ts';
import { GateError } from '../../src/errors.ts';
import type { CodeFacet } from '../../src/model/code.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { formatFixtures } from '../support/format-fixtures.ts';
import { readBytes } from '../support/read-code.ts';
import { textFixtures } from '../support/text-fixtures.ts';

interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly outcome: 'clear' | 'flagged' | 'inconclusive' | 'error';
  readonly rules: readonly string[];
}

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/detectors/loading-code');
const cases = ['cases.json', 'keras-cases.json', 'tensorflow-cases.json'].flatMap((file) => JSON.parse(readFileSync(path.join(FIXTURES, file), 'utf8')) as Case[]);

async function detect(code: CodeFacet, allow: string[] = []) {
  return loadingCode.detect({ ...fakeModel({}), facets: { code } }, { allow }, detectContext());
}

/** As the runner and the gate take it: a file that cannot be read is an error, and so is a detector that says so. */
async function outcomeOf(bytes: Uint8Array, allow: string[] = []): Promise<{ outcome: string; rules: string[]; reason?: string }> {
  try {
    const { facets } = await readBytes(bytes);
    if (facets.code === undefined) throw new Error('no code facet');
    const detection = await detect(facets.code, allow);
    if (detection.outcome !== 'measured') return { outcome: 'inconclusive', rules: [], reason: detection.reason };
    const isFlagged = detection.metric > loadingCode.meta.metric.threshold;
    return { outcome: isFlagged ? 'flagged' : 'clear', rules: isFlagged ? detection.observations.map(({ message }) => message) : [] };
  } catch (error) {
    if (error instanceof GateError) return { outcome: 'error', rules: [] };
    throw error;
  }
}

const bytesOf = (name: string): Buffer => Buffer.from(cases.find((one) => one.name === name)?.bytes ?? '', 'base64');

describe('loading-code', () => {
  it.each(cases)('$outcome: $name', async ({ bytes, outcome, rules }) => {
    const found = await outcomeOf(Buffer.from(bytes, 'base64'));

    expect(found.outcome).toBe(outcome);
    expect(found.rules).toEqual(expect.arrayContaining([...rules]));
  });

  it('has a case that raises each rule, and more than one that raises none', () => {
    const templates = textFixtures('chat-template', 'accept').flatMap(({ messages }) => messages);
    const raised = new Set([...cases.flatMap(({ rules }) => rules), ...templates.filter((rule) => rule !== 'template-unknown')]);
    // Those end as inconclusive, which has a reason and no observations.
    const medium = Object.entries(LOADING_CODE_MESSAGES).filter(([, { severity }]) => severity === 'medium').map(([rule]) => rule);

    expect([...raised, ...medium, 'only-listed'].sort()).toEqual(Object.keys(LOADING_CODE_MESSAGES).sort());
    expect(cases.filter(({ outcome }) => outcome === 'clear').length).toBeGreaterThan(20);
  });

  it.each(['pickle', 'joblib', 'npy', 'pytorch-legacy'])('finds nothing in ordinary files: %s', async (format) => {
    for (const { name, bytes } of formatFixtures(format).accept) expect({ name, ...(await outcomeOf(bytes)) }).toEqual({ name, outcome: 'clear', rules: [] });
  });

  it.each(['keras-v3', 'keras-h5', 'tensorflow-saved-model', 'tensorflow-graph', 'tflite', 'tfjs'])('finds nothing in what Keras and TensorFlow wrote: %s', async (format) => {
    const folder = path.resolve(import.meta.dirname, '../../fixtures/formats', format);
    const { accept } = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as { accept: Record<string, unknown> };
    for (const name of Object.keys(accept)) {
      // A model of TensorFlow.js is read without the weights beside it.
      if (name !== 'layers.json') expect({ name, ...(await outcomeOf(readFileSync(path.join(folder, 'accept', name)))) }).toEqual({ name, outcome: 'clear', rules: [] });
    }
  });

  it('takes the policy’s word for a layer and for an operator by its name', async () => {
    expect(await outcomeOf(bytesOf('custom layer without a module'), ['Attend'])).toMatchObject({ outcome: 'clear' });
    expect(await outcomeOf(bytesOf('an operator of nobody'), ['SomebodysOp'])).toMatchObject({ outcome: 'clear' });
    expect(await outcomeOf(bytesOf('a file is read'), ['ReadFile'])).toMatchObject({ outcome: 'flagged' });
    expect(await outcomeOf(bytesOf('Lambda layer with a command'), ['Lambda', 'keras.layers.Lambda'])).toMatchObject({ outcome: 'flagged' });
  });

  it('names in its reason what nobody vouches for, and takes the policy’s word for it', async () => {
    const bytes = bytesOf('class of an unknown package');

    expect((await outcomeOf(bytes)).reason).toContain('somebody.models.Network');
    expect(await outcomeOf(bytes, ['somebody.models.Network'])).toEqual({ outcome: 'clear', rules: [] });
  });

  it('takes no policy’s word for a dangerous name', async () => {
    expect(await outcomeOf(bytesOf('calls a command'), ['os.system'])).toMatchObject({ outcome: 'flagged' });
  });

  it('says what is called, with which arguments and where', async () => {
    const { facets } = await readBytes(bytesOf('calls a command'));
    const detection = await detect(facets.code ?? { programs: [], unexamined: [] });

    expect(detection).toMatchObject({
      outcome: 'measured', metric: 4,
      observations: [{ message: 'dangerous-call', data: { name: 'os.system', code: "os.system('echo inert')", cwe: 'CWE-78', place: 'pickle 1', confidence: 'certain' }, location: { bytes: { offset: 29, length: 1 } } }],
    });
  });

  it('stays flagged whatever ordinary content surrounds the call', async () => {
    const evil = bytesOf('calls a command').subarray(2, -1);
    const listed = bytesOf('calls a listed class').subarray(2, -1);
    await fc.assert(fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), fc.nat(30), async (around, at) => {
      const parts = around.map(() => listed);
      parts.splice(Math.min(at, parts.length), 0, evil);
      const bytes = Buffer.concat([Buffer.from('\x80\x04(', 'latin1'), ...parts, Buffer.from('l.')]);

      expect(await outcomeOf(bytes)).toMatchObject({ outcome: 'flagged', rules: ['dangerous-call'] });
    }), { numRuns: 30 });
  });

  it('is never clear on a proper prefix of a file that calls something', async () => {
    for (const name of ['calls a command', 'calls a listed class', 'getattr on a module', 'protocol 0', 'INST']) {
      const bytes = bytesOf(name);
      for (let length = 1; length < bytes.length; length += 1) expect((await outcomeOf(bytes.subarray(0, length))).outcome, `${name} cut at ${String(length)}`).not.toBe('clear');
    }
  });
});

describe('judgeName', () => {
  it.each([
    ['mathutils', 'Vector', 'unlisted'], ['numpy.core.multiarray', 'scalar', 'allowed'], ['numpy', 'core.multiarray.scalar', 'allowed'],
    ['sklearn.tree._classes', 'DecisionTreeClassifier', 'allowed'], ['sklearn.tree.tree', 'DecisionTreeClassifier', 'allowed'], ['sklearn.tree', 'os.system', 'dangerous'],
    ['asyncio.unix_events', '_UnixSubprocessTransport', 'dangerous'], ['osx', 'system', 'unlisted'], ['collections', 'namedtuple', 'dangerous'],
    ['uuid', 'UUID', 'allowed'], ['uuid', '_get_command_stdout', 'dangerous'], ['copy_reg', '_reconstructor', 'allowed'], ['builtins', 'getattr', 'unlisted'],
    ['torch._utils', '_rebuild_tensor_v2', 'allowed'], ['torch.nn.modules.conv', 'Conv2d', 'allowed'], ['torch.nn.modules.conv', 'os.system', 'dangerous'], ['torch', 'hub.load', 'dangerous'],
    ['datetime', 'datetime.__class__', 'inner-attribute'], ['os', '', 'dangerous'], ['sklearn.utils._available_if', 'MethodType', 'unlisted'], ['sklearn.cluster._bicluster', 'ABCMeta', 'unlisted'], ['sklearn.tree', 'DecisionTreeClassifier.fit', 'unlisted'], ['', '', 'unlisted'], ['__torch__.net', 'Net', 'allowed'],
  ])('judges %s %s as %s', (module, name, kind) => {
    expect(judgeName(module, name).kind).toBe(kind);
  });

  it('lets no pattern allow what the list of dangerous names holds', () => {
    for (const { modules, names } of DANGEROUS) {
      for (const module of modules) {
        const attributes = names === 'any' ? ['Popen', 'Session', 'anything'] : names;
        for (const attribute of attributes) {
          const judged = judgeName(module, attribute);
          // A name on both lists was put on the list of allowed ones by itself.
          expect(judged.kind === 'dangerous' || judged.kind === 'allowed', `${module}.${attribute}`).toBe(true);
          if (names === 'any') expect(judged.kind, `${module}.${attribute}`).toBe('dangerous');
        }
      }
    }
  });
});
