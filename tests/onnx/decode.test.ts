import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import type { ONNX_LIMITS } from '../../src/onnx/onnx-limits.ts';
import type { OnnxModel } from '../../src/onnx/onnx-model.ts';
import { intField, joinBytes, lengthDelimited, textField } from '../../src/onnx/wire-writer.ts';
import { acceptFixtures, fixtureModel, rejectFixtures, zooFiles } from './onnx-fixtures.ts';
import { plainModel, plainTensor } from './plain-model.ts';

/** The error of a decoder that answers in one of two ways only. */
function errorOf(bytes: Uint8Array, limits: Partial<typeof ONNX_LIMITS> = {}): GateError | undefined {
  try {
    decodeOnnxModel(bytes, { limits });
    return undefined;
  } catch (error) {
    if (error instanceof GateError) return error;
    throw error;
  }
}

describe('a valid model', () => {
  it.each(acceptFixtures.filter(({ expected }) => expected.model !== undefined))('$name is read as the onnx package reads it', async (fixture) => {
    expect(await plainModel(fixtureModel(fixture))).toEqual(fixture.expected.model);
  });

  it('has the values that the definitions of the young data types give', async () => {
    const fixture = acceptFixtures.find(({ name }) => name === 'young-data-types');
    if (fixture === undefined) throw new Error('fixture is missing');

    expect(await Promise.all(fixtureModel(fixture).graph.initializers.map(plainTensor))).toEqual(fixture.expected.tensors);
  });

  it('keeps overloads, default attributes, metadata and device configurations', () => {
    const model = named('devices-and-overloads');
    const [node] = model.graph.nodes;

    expect(node).toMatchObject({ opType: 'Twice', domain: 'com.example', overload: 'float', metadata: new Map([['layer', 'one']]) });
    expect(node?.deviceConfigurations).toEqual([
      {
        configurationId: 'two',
        pipelineStage: 1,
        sharding: [{ tensorName: 'input', devices: [0n, 1n], deviceGroups: [{ key: 0n, devices: [0n, 1n] }], dimensions: [{ axis: 0n, shards: [{ dimension: 'N', count: 2n }] }] }],
      },
    ]);
    expect(model.functions[0]).toMatchObject({ overload: 'float', attributeDefaults: new Map([['by', { type: 'float', value: 2 }]]), metadata: new Map([['origin', 'hand']]) });
    expect(model.deviceConfigurations).toEqual([{ name: 'two', deviceCount: 2, devices: ['cpu:0', 'cpu:1'] }]);
    expect(model.graph.metadata).toEqual(new Map([['made', 'by hand']]));
    expect(model.graph.inputs[0]?.metadata).toEqual(new Map([['unit', 'pixel']]));
    expect(model.graph.initializers[0]?.metadata).toEqual(new Map([['note', 'kept']]));
  });

  it('keeps every kind of type with its denotations', () => {
    const { graph } = named('types');

    expect(graph.inputs[0]?.type).toEqual({ kind: 'tensor', elementType: 'float', shape: ['N', 4], shapeDenotations: ['DATA_BATCH', undefined], denotation: 'IMAGE' });
    expect(graph.valueInfo.map(({ type }) => type)).toEqual([
      { kind: 'sequence', element: { kind: 'tensor', elementType: 'float', shape: ['N'] } },
      { kind: 'optional', element: { kind: 'tensor', elementType: 'int64', shape: [] } },
      { kind: 'map', key: 'string', value: { kind: 'tensor', elementType: 'float', shape: [2] } },
      { kind: 'sparse-tensor', elementType: 'float', shape: [2, undefined] },
      { kind: 'opaque', domain: 'com.example', name: 'Handle' },
    ]);
  });

  it('keeps documentation and quantization annotations', () => {
    const model = named('documentation');

    expect(model).toMatchObject({ docString: 'a model', producerVersion: '1.0', domain: 'com.example', modelVersion: 3n });
    expect(model.graph).toMatchObject({ docString: 'a graph', quantizationAnnotations: [{ tensorName: 'input', parameters: new Map([['SCALE_TENSOR', 'scale']]) }] });
    expect(model.graph.nodes[0]).toMatchObject({ name: 'node', docString: 'copies' });
  });

  it('merges messages that occur twice, the last scalar winning', () => {
    const { irVersion, graph, opsetImports } = named('merged');

    expect(irVersion).toBe(8n);
    expect(graph.name).toBe('two');
    expect(graph.nodes.map(({ outputs }) => outputs[0])).toEqual(['middle', 'output']);
    expect(opsetImports).toEqual(new Map([['', 16n]]));
  });

  it('copies no tensor: raw data are ranges of the file', () => {
    const fixture = acceptFixtures.find(({ name }) => name === 'conv-gemm');
    if (fixture === undefined) throw new Error('fixture is missing');
    const raw = decodeOnnxModel(fixture.bytes).graph.initializers[0]?.raw;

    expect(raw?.source.size).toBe(fixture.bytes.byteLength);
    expect(raw?.range.length).toBe(4 * 3 * 3 * 3 * 4);
  });

  it('of IR version 1 has operator set 1 and attributes whose kind follows from their value', () => {
    const model = named('ir-version-1');

    expect(model.opsetImports).toEqual(new Map([['', 1n]]));
    expect(model.graph.nodes[0]?.attributes.get('axis')).toEqual({ type: 'int', value: 1n });
  });

  it.skipIf(zooFiles.length === 0)('is every trained model of the zoo', () => {
    for (const file of zooFiles) expect(decodeOnnxModel(readFileSync(file)).graph.nodes.length, file).toBeGreaterThan(5);
  });
});

describe('an invalid file', () => {
  it.each(rejectFixtures.filter(({ name }) => !name.startsWith('external-')))('$name is $code with an offset or a field', ({ bytes, code }) => {
    const error = errorOf(bytes);

    expect(error?.code).toBe(code);
    expect(error?.where?.offset ?? error?.where?.field).toBeDefined();
  });

  it('is one whose name, text or list is beyond a limit', () => {
    const bytes = acceptFixtures.find(({ name }) => name === 'documentation')?.bytes ?? new Uint8Array(0);

    expect(errorOf(bytes)).toBeUndefined();
    for (const limits of [{ nameBytes: 3 }, { textBytes: 3 }, { messages: 5 }, { items: 5 }, { depth: 3 }]) {
      expect(errorOf(bytes, limits)?.code, JSON.stringify(limits)).toBe('format/limit-exceeded');
    }
    const typed = acceptFixtures.find(({ name }) => name === 'data-types')?.bytes ?? new Uint8Array(0);
    expect(errorOf(typed, { typedBytes: 64 })?.code).toBe('format/limit-exceeded');
    expect(errorOf(typed, { rank: 1 })?.code).toBe('format/limit-exceeded');
  });

  it('names an overlong name without repeating it', () => {
    const node = lengthDelimited(1, [textField(1, 'x'.repeat(60_000)), textField(2, 'output'), textField(4, 'Identity')]);
    const bytes = joinBytes([intField(1, 8), lengthDelimited(7, [node, lengthDelimited(12, [textField(1, 'output')])]), lengthDelimited(8, [intField(2, 17)])]);

    expect(errorOf(bytes)?.code).toBe('format/malformed');
    expect(errorOf(bytes)?.message.length).toBeLessThan(400);
  });
});

/** Ends of the top-level fields: protobuf has no mark of the end, so a cut at one of these leaves a file that parses. */
function topLevelEnds(bytes: Uint8Array): { readonly end: number; readonly field: number }[] {
  const ends: { end: number; field: number }[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.byteLength) {
    const tag = varint();
    const value = varint();
    if (tag % 8 === 2) at += value;
    ends.push({ end: at, field: tag >>> 3 });
  }
  return ends;
}

/** opset_import, metadata_props, functions and configuration: all that may follow a graph and its operator set. */
const OPTIONAL_TRAILING_FIELDS = [8, 14, 25, 26];

describe('a truncated file', () => {
  it.each(acceptFixtures)('$name: every proper prefix is refused, save a cut between optional fields at the end', ({ name, bytes }) => {
    const ends = topLevelEnds(bytes);
    const accepted: number[] = [];
    for (let length = 0; length < bytes.byteLength; length++) {
      const error = errorOf(bytes.slice(0, length));
      if (error === undefined) accepted.push(length);
      else expect(error.code, `${length} bytes`).toMatch(/^format\/(truncated|malformed|unsupported)$/);
    }
    for (const length of accepted) {
      // "merged" holds its graph twice on purpose, and its second IR version replaces the first.
      const cutOff = ends.filter(({ end }) => end > length).map(({ field }) => field);
      expect(ends.map(({ end }) => end)).toContain(length);
      expect(name === 'merged' ? [] : cutOff.filter((field) => !OPTIONAL_TRAILING_FIELDS.includes(field))).toEqual([]);
    }
    if (!['merged', 'documentation', 'devices-and-overloads', 'functions', 'scikit-learn-zipmap', 'scikit-learn-tensor'].includes(name)) {
      expect(accepted.filter((length) => length < (ends.at(-2)?.end ?? 0))).toEqual([]);
    }
  });

  it('of the commonest shape, a graph and one operator set, has no prefix that is valid', () => {
    for (const name of ['conv-gemm', 'embedded-normalization', 'subgraphs', 'data-types']) {
      const bytes = acceptFixtures.find((fixture) => fixture.name === name)?.bytes ?? new Uint8Array(0);
      for (let length = 0; length < bytes.byteLength; length++) expect(errorOf(bytes.slice(0, length)), `${name}, ${length} bytes`).toBeDefined();
    }
  });
});

/** A model that was read can be used: everything it holds can be reached and written again. */
async function expectComplete(model: OnnxModel): Promise<void> {
  for (const tensor of model.graph.initializers) {
    if (tensor.raw?.location === 'external') continue;
    if (tensor.raw !== undefined) expect(tensor.raw.range.offset + tensor.raw.range.length).toBeLessThanOrEqual(tensor.raw.source.size);
  }
  await encodeOnnxModel(model);
}

describe('a mutated file', () => {
  const seeds = acceptFixtures.filter(({ bytes }) => bytes.byteLength < 3000).map(({ bytes }) => bytes);
  const mutation = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat({ max: 7 }) }),
    fc.record({ kind: fc.constant('set' as const), at: fc.nat(), byte: fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x3a) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.nat({ max: 40 }) }),
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 20 }) }),
    fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), length: fc.nat({ max: 200 }) }),
    fc.record({ kind: fc.constant('splice' as const), at: fc.nat(), from: fc.nat(), length: fc.nat({ max: 200 }), seed: fc.nat() }),
  );

  function mutated(bytes: Uint8Array, change: typeof mutation extends fc.Arbitrary<infer Change> ? Change : never): Uint8Array {
    const at = bytes.byteLength === 0 ? 0 : change.at % bytes.byteLength;
    const [before, after] = [bytes.slice(0, at), bytes.slice(at)];
    switch (change.kind) {
      case 'flip':
        return bytes.map((byte, index) => (index === at ? byte ^ (1 << change.bit) : byte));
      case 'set':
        return bytes.map((byte, index) => (index === at ? change.byte : byte));
      case 'cut':
        return joinBytes([before, after.slice(change.length)]);
      case 'insert':
        return joinBytes([before, change.bytes, after]);
      case 'repeat':
        return joinBytes([before, after.slice(0, change.length), after]);
      case 'splice': {
        const other = seeds[change.seed % seeds.length] ?? bytes;
        const from = change.from % other.byteLength;
        return joinBytes([before, other.slice(from, from + change.length), after]);
      }
    }
  }

  it('is a complete model or an error with a code, within a budget of one step a byte', async () => {
    let models = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: seeds.length - 1 }), fc.array(mutation, { minLength: 1, maxLength: 4 }), async (seed, changes) => {
        const bytes = changes.reduce(mutated, Uint8Array.from(seeds[seed] ?? []));
        // Every item and message takes a byte of the file at least, so this budget refuses no valid file.
        const limits = { items: bytes.byteLength, messages: bytes.byteLength };
        const error = errorOf(bytes, limits);
        if (error === undefined) {
          models++;
          await expectComplete(decodeOnnxModel(bytes, { limits }));
        } else expect(error.code).toMatch(/^format\//);
      }),
      { numRuns: 4000, seed: 20_240_607 },
    );
    expect(models).toBeGreaterThan(50);
  });

  it('of random bytes is an error with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        expect(errorOf(joinBytes([intField(1, 8), bytes]))?.code).toMatch(/^format\//);
      }),
      { numRuns: 3000, seed: 20_240_607 },
    );
  });

  it('with subgraphs nested to the limit neither overflows the stack nor takes long', () => {
    for (const levels of [20, 32, 33, 60, 2000]) {
      let graph: Uint8Array[] = [];
      for (let level = 0; level < levels; level++) {
        const attribute = lengthDelimited(5, [textField(1, 'body'), lengthDelimited(6, graph), intField(20, 5)]);
        graph = [lengthDelimited(1, [textField(2, `v${level}`), textField(4, 'Loop'), attribute]), lengthDelimited(12, [textField(1, `v${level}`)])];
      }
      const bytes = joinBytes([intField(1, 8), lengthDelimited(7, graph), lengthDelimited(8, [intField(2, 17)])]);

      expect(errorOf(bytes)?.code, `${levels} levels`).toBe(levels <= 32 ? undefined : 'format/limit-exceeded');
    }
  });

  it('with hundreds of thousands of empty messages stops at the limit', () => {
    const bytes = joinBytes([intField(1, 8), lengthDelimited(7, [new Uint8Array(400_000).map((_, index) => (index % 2 === 0 ? 0x6a : 0))])]);

    expect(errorOf(bytes, { messages: 100_000 })?.code).toBe('format/limit-exceeded');
  });
});

function named(name: string): OnnxModel {
  const fixture = acceptFixtures.find((one) => one.name === name);
  if (fixture === undefined) throw new Error(`there is no fixture ${name}`);
  return fixtureModel(fixture);
}
