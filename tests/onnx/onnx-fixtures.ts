import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import type { OnnxModel } from '../../src/onnx/onnx-model.ts';

const root = path.resolve(import.meta.dirname, '../../fixtures/formats/onnx');

/** Trained models outside of the repository; there is no such folder on most machines. */
const zoo = path.resolve(import.meta.dirname, '../../../shared/zoo/models');

export interface ExpectedClassifier {
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
  readonly normalization?: Readonly<Record<string, unknown>>;
}

export interface ExpectedHead {
  readonly op: string;
  readonly weight: string;
  readonly classCount: number;
  readonly featureCount: number;
  readonly weights: readonly number[];
  readonly bias: readonly number[] | null;
  readonly features: string;
  readonly logits: string;
}

export interface Expected {
  readonly model?: Readonly<Record<string, unknown>>;
  readonly tensors?: readonly unknown[];
  readonly classifier?: ExpectedClassifier;
  readonly hints?: { readonly size: readonly [number, number] };
  readonly head?: ExpectedHead;
  readonly absence?: string;
  readonly companions?: readonly string[];
}

export interface AcceptFixture {
  readonly name: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly expected: Expected;
}

function namesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.onnx')).map((name) => name.slice(0, -'.onnx'.length)).sort();
}

export const acceptFixtures: readonly AcceptFixture[] = namesIn(path.join(root, 'accept')).map((name) => {
  const file = path.join(root, 'accept', `${name}.onnx`);
  return {
    name,
    file,
    bytes: readFileSync(file),
    expected: JSON.parse(readFileSync(path.join(root, 'accept', `${name}.expected.json`), 'utf8')) as Expected,
  };
});

export const rejectFixtures = namesIn(path.join(root, 'reject')).map((name) => {
  const file = path.join(root, 'reject', `${name}.onnx`);
  const { code } = JSON.parse(readFileSync(path.join(root, 'reject', `${name}.error.json`), 'utf8')) as { code: string };
  return { name, file, bytes: readFileSync(file) as Uint8Array, code };
});

export const zooFiles: readonly string[] = existsSync(zoo) ? namesIn(zoo).map((name) => path.join(zoo, `${name}.onnx`)) : [];

/** External files beside a fixture, read without the reader's checks. */
export function fixtureModel(fixture: AcceptFixture): OnnxModel {
  return decodeOnnxModel(fixture.bytes, { external: (location) => memorySource(readFileSync(path.join(root, 'accept', location))) });
}
