import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import type { ReferenceFile } from '../../src/reference/reference-file.ts';
import type { GateReport } from '../../src/report.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { disabledBut } from '../support/disabled.ts';
import { toyLayers } from '../support/reference-models.ts';

/** The whole way, from folders of models to a verdict: a reference is built, a policy points to it, a scan compares with it. */
const [CLEAN, BACKDOORED] = [22, 8];
let folder = '';

async function writeModel(name: string, seed: number, label: 'clean' | 'backdoored', width = 8): Promise<void> {
  const layers = toyLayers(randomSource(seed, label), [[12, width], [4, 12]], label === 'backdoored' ? 2 : 1);
  const build = graphBuilder();
  let value = build.input('input', 'float', ['N', width]);
  for (const [at, layer] of layers.entries()) {
    value = build.node('Gemm', [value, build.constant(layer.name, layer.values, layer.shape)], { attributes: { transB: attribute.int(1) } });
    if (at === 0) value = build.node('Relu', [value]);
  }
  build.output(value, 'float', ['N', 4]);
  writeFileSync(path.join(folder, name), await encodeOnnxModel(modelOf(build.graph())));
}

async function modelgate(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const texts: [string[], string[]] = [[], []];
  const [stdout, stderr] = texts.map((into) => new Writable({ write: (chunk: Buffer, _encoding, done) => (into.push(chunk.toString()), done()) })) as [Writable, Writable];
  const code = await runCli(args, { cwd: folder, environment: { CI: 'true' }, stdout, stderr, signal: new AbortController().signal });
  return { code, stdout: texts[0].join(''), stderr: texts[1].join('') };
}

const build = (...rest: readonly string[]) => modelgate('reference', 'build', 'known', '--labels', 'labels.json', '--output', 'reference.json', '--projection-length', '64', ...rest);

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-reference-')));
  mkdirSync(path.join(folder, 'known'));
  const models: Record<string, string> = {};
  for (const [label, count] of [['clean', CLEAN], ['backdoored', BACKDOORED]] as const) {
    for (let at = 0; at < count; at += 1) {
      await writeModel(`known/${label}-${at}.onnx`, at, label);
      models[`${label}-${at}.onnx`] = label;
    }
  }
  await writeModel('known/nobody-knows.onnx', 1000, 'clean');
  await writeModel('good.onnx', 2000, 'clean');
  await writeModel('bad.onnx', 2000, 'backdoored');
  await writeModel('wide.onnx', 2000, 'clean', 9);
  writeFileSync(path.join(folder, 'listed.onnx'), readFileSync(path.join(folder, 'known/backdoored-0.onnx')));
  writeFileSync(path.join(folder, 'labels.json'), JSON.stringify({ version: 1, models }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('modelgate reference build', () => {
  it('writes a file that fits its published schema, the same twice, and prints how well the two kinds are told apart', async () => {
    const { code, stdout, stderr } = await build('--no-compare');

    expect(stderr).toBe('');
    expect(code).toBe(0);
    const text = readFileSync(path.join(folder, 'reference.json'), 'utf8');
    const file = JSON.parse(text) as ReferenceFile;
    const schema = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../schema/reference.schema.json'), 'utf8')) as object;
    const validate = new Ajv({ strict: false }).compile(schema);
    expect(validate(file), JSON.stringify(validate.errors)).toBe(true);
    expect(file.models.length).toBe(CLEAN + BACKDOORED);
    expect(stdout).toContain(`${CLEAN} clean and ${BACKDOORED} backdoored models, 2 weight tensors`);
    expect(stdout).toMatch(/Cross-validated on 30 models/);
    expect(stdout).toMatch(/parafac2 {2}support-vector-machine {2}[01]\.\d{3} \([\d.]+ to [\d.]+\) {2}[01]\.\d{3} \([\d.]+ to [\d.]+\) {2}← used/);
    expect(stdout).toContain('the labels do not name them: nobody-knows.onnx');
    expect(stdout).not.toContain('A scan asks for');

    await build('--no-compare');
    expect(readFileSync(path.join(folder, 'reference.json'), 'utf8')).toBe(text);
  });

  it('makes a reference that a scan compares with: the listed and the like-backdoored are flagged, others are not', async () => {
    await build('--no-compare', '--decomposition', 'parafac2', '--classifier', 'gradient-boosting');
    writeFileSync(
      path.join(folder, 'policy.yml'),
      `version: 1\nextends: recommended\nmodels:\n  - { match: "**", reference: reference.json }\ndetectors:\n  weight-tensor-features: { enabled: true }\n  reference-neighbours: { enabled: true }\n${disabledBut('weight-tensor-features', 'reference-neighbours')}`,
    );
    const { stdout } = await modelgate('scan', 'good.onnx', 'bad.onnx', 'wide.onnx', 'listed.onnx', '--policy', 'policy.yml', '--format', 'json');

    const report = JSON.parse(stdout) as GateReport;
    const resultOf = (file: string, detector = 'weight-tensor-features') => report.artifacts.find((one) => one.path === file)?.results.find((one) => one.detector === detector);
    expect(resultOf('bad.onnx')?.outcome).toBe('flagged');
    expect(resultOf('good.onnx')?.outcome).toBe('clear');
    expect(resultOf('good.onnx', 'reference-neighbours')?.outcome).toBe('clear');
    expect(resultOf('wide.onnx')).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('not of the reference’s architecture') as string });
    for (const detector of ['weight-tensor-features', 'reference-neighbours']) {
      expect(resultOf('listed.onnx', detector)?.observations.map(({ rule }) => rule)).toEqual([`${detector}/known-backdoored-model`]);
    }
    const digest = JSON.stringify(report).match(/Compared with the reference reference\.json \((sha256:[0-9a-f]{64})\): 22 clean and 8 backdoored models\./)?.[1];
    expect(digest).toMatch(/^sha256:/);
  }, 120_000);

  it('takes models of a format that is read piece by piece, and names those of its kind that have no label', async () => {
    mkdirSync(path.join(folder, 'streamed'));
    for (const seed of [0, 1, 2]) {
      const layers = toyLayers(randomSource(seed, 'streamed'), [[12, 8], [4, 12]], 1);
      let at = 0;
      const header = Buffer.from(JSON.stringify(Object.fromEntries(layers.map(({ name, shape, values }) => [name, { dtype: 'F32', shape, data_offsets: [at, (at += values.byteLength)] }]))));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      writeFileSync(path.join(folder, `streamed/${seed}.safetensors`), Buffer.concat([length, header, ...layers.map(({ values }) => Buffer.from(values.slice().buffer))]));
    }
    writeFileSync(path.join(folder, 'streamed.json'), JSON.stringify({ version: 1, models: { '0.safetensors': 'clean', '1.safetensors': 'clean' } }));
    const { code, stdout, stderr } = await modelgate('reference', 'build', 'streamed', '--labels', 'streamed.json', '--output', 'streamed.reference.json');

    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('2 clean and 0 backdoored models, 2 weight tensors');
    expect(stdout).toContain('the labels do not name them: 2.safetensors');
    expect(stdout).toContain('A scan asks for 20 clean models unless the policy sets minimumCleanModels: reference-neighbours and weight-tensor-features will be inconclusive with these 2.');
  });

  it('says what is wrong with labels and models, and writes nothing then', async () => {
    const attempt = async (models: Record<string, string>, ...rest: readonly string[]) => {
      writeFileSync(path.join(folder, 'wrong.json'), JSON.stringify({ version: 1, models }));
      return modelgate('reference', 'build', 'known', '--labels', 'wrong.json', '--output', 'never.json', ...rest);
    };
    symlinkSync(path.join(folder, 'good.onnx'), path.join(folder, 'known/link.onnx'));
    const cases: readonly (readonly [Record<string, string>, readonly string[], RegExp])[] = [
      [{ 'clean-0.onnx': 'clean', 'missing.onnx': 'clean' }, [], /missing\.onnx, which is not in the folder/],
      [{ 'clean-0.onnx': 'clean', 'link.onnx': 'clean' }, [], /link\.onnx, which is not in the folder/],
      [{ 'clean-0.onnx': 'clean', '../good.onnx': 'clean' }, [], /not a path inside the folder/],
      [{ 'clean-0.onnx': 'fine' }, [], /labels wrong\.json are not used/],
      [{ 'clean-0.onnx': 'clean' }, [], /2 to 1000 models/],
      [{ 'clean-0.onnx': 'clean', 'clean-1.onnx': 'clean' }, ['--projection-length', '3'], /--projection-length has to be a whole number/],
    ];
    for (const [models, rest, why] of cases) {
      const { code, stderr } = await attempt(models, ...rest);
      expect(code, stderr).toBe(2);
      expect(stderr).toMatch(why);
    }
    rmSync(path.join(folder, 'known/link.onnx'));
    expect(() => readFileSync(path.join(folder, 'never.json'))).toThrow();
    expect((await modelgate('reference', 'build', 'known', '--labels', 'none.json')).code).toBe(2);
    for (const noFolder of ['nowhere', 'good.onnx']) {
      expect(await modelgate('reference', 'build', noFolder, '--labels', 'labels.json')).toMatchObject({ code: 2, stderr: expect.stringContaining(`There is no folder "${noFolder}".`) as string });
    }
  });

  it('is inconclusive with a reference that is broken or missing, and not applicable without one', async () => {
    const scan = async (models: string) => {
      writeFileSync(path.join(folder, 'policy.yml'), `version: 1\nextends: recommended\n${models}detectors:\n  weight-tensor-features: { enabled: true }\n${disabledBut('weight-tensor-features')}`);
      const { stdout } = await modelgate('scan', 'good.onnx', '--policy', 'policy.yml', '--format', 'json');
      return (JSON.parse(stdout) as GateReport).artifacts[0]?.results.find((one) => one.detector === 'weight-tensor-features');
    };
    writeFileSync(path.join(folder, 'broken.json'), '{}');

    expect(await scan('models:\n  - { match: "**", reference: broken.json }\n')).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('broken.json is not used') as string });
    expect(await scan('models:\n  - { match: "**", reference: nowhere.json }\n')).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('nowhere.json could not be read') as string });
    expect(await scan('')).toMatchObject({ outcome: 'not-applicable', reason: expect.stringContaining('modelgate reference build') as string });
  }, 120_000);
});
