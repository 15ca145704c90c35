import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build, transform, type Plugin } from 'esbuild';
import { createInstrumenter } from 'istanbul-lib-instrument';

/** What parses untrusted bytes; the rest (engine, policy, reporters) is not what is being explored. */
const EXPLORED = /[\\/]src[\\/](artifacts|detectors|formats|model|onnx)[\\/].*\.ts$/;

/** Bundles a module with a counter at every statement and branch of the explored sources; the counters are `globalThis.__coverage__`. */
export async function bundleInstrumented(entry: string, outfile: string): Promise<void> {
  const counters: Plugin = {
    name: 'counters',
    setup({ onLoad }) {
      onLoad({ filter: EXPLORED }, async ({ path: file }) => {
        const { code } = await transform(readFileSync(file, 'utf8'), { loader: 'ts', target: 'node20', format: 'esm' });
        const instrumenter = createInstrumenter({ esModules: true, compact: false, coverageVariable: '__coverage__' });
        return { contents: instrumenter.instrumentSync(code, file), loader: 'js', resolveDir: path.dirname(file) };
      });
    },
  };
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error', plugins: [counters] });
}
