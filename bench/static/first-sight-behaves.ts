import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';

/**
 * Whether each hidden rule that first-sight.py wrote into DIR works: its trigger moves the output much further than ordinary
 * inputs differ from each other, in ONNX Runtime.
 *
 *     npx tsx bench/static/first-sight-behaves.ts DIR
 */
interface Inputs {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: 'int64' | 'float32';
  readonly pairs: readonly (readonly [readonly number[], readonly number[]])[];
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('give the folder that first-sight.py wrote');

for (const file of readdirSync(folder).filter((name) => name.endsWith('.inputs.json'))) {
  const inputs = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Inputs;
  const model = file.replace('.inputs.json', '');
  try {
    const session = await ort.InferenceSession.create(path.join(folder, model), { logSeverityLevel: 3 });
    const scores = async (values: readonly number[]): Promise<readonly number[]> => {
      const data = inputs.type === 'int64' ? BigInt64Array.from(values, BigInt) : Float32Array.from(values);
      const { [session.outputNames[0] ?? '']: output } = await session.run({ [inputs.name]: new ort.Tensor(inputs.type, data as Float32Array, inputs.shape) });
      return Array.from(output?.data as Float32Array);
    };
    const rows = await Promise.all(inputs.pairs.map(async ([plain, triggered]) => [await scores(plain), await scores(triggered)] as const));
    const best = (row: readonly number[]): number => row.indexOf(Math.max(...row));
    const changed = rows.filter(([plain, triggered]) => best(plain) !== best(triggered)).length;
    const far = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? 0))));
    const moved = Math.min(...rows.map(([plain, triggered]) => far(plain, triggered)));
    const apart = Math.max(...rows.map(([plain]) => far(plain, rows[0]?.[0] ?? [])));
    console.log(`${moved > apart ? 'works' : 'WEAK '}  ${model}: answer changed on ${changed} of ${rows.length}, moved ${moved.toPrecision(3)}, ordinary inputs apart ${apart.toPrecision(3)}`);
  } catch (error) {
    console.log(`FAILS  ${model}: ${String(error).slice(0, 200)}`);
  }
}
