import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import type { Bundled, OutputFile } from './output-file.ts';

interface Entry {
  readonly source: string;
  readonly output: string;
}

const ENTRIES: readonly Entry[] = [
  { source: 'src/action/index.ts', output: 'index.js' },
  { source: 'src/cli/index.ts', output: 'cli.js' },
  { source: 'src/inspection/worker.ts', output: 'worker.js' },
  { source: 'src/index.ts', output: 'library.js' },
];

/** CommonJS packages inside an ES module still call `require` for Node's own modules. */
const BANNER = `import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);`;

const SHEBANG = '#!/usr/bin/env node\n';

/** Loaded from `dist/native` and `dist/wasm` at run time, on demand; see src/engines. */
const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'];

/** The doors and the inspection process. Chunks lie beside the entries: code finds files of dist by `import.meta.url`. */
export async function bundleEntries(root: string): Promise<Bundled & { readonly missing: readonly Entry[] }> {
  const present = ENTRIES.filter(({ source }) => existsSync(path.join(root, source)));
  const result = await build({
    absWorkingDir: root,
    entryPoints: present.map(({ source, output }) => ({ in: source, out: path.parse(output).name })),
    outdir: 'dist',
    write: false,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: RUNTIMES,
    chunkNames: 'chunk-[hash]',
    banner: { js: BANNER },
    // Names stay: a stack trace in a bug report must be legible.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const files = result.outputFiles.map((file): OutputFile => {
    const name = path.relative(path.join(root, 'dist'), file.path).split(path.sep).join('/');
    return name === 'cli.js'
      ? { path: name, content: Buffer.concat([Buffer.from(SHEBANG), file.contents]), isExecutable: true }
      : { path: name, content: file.contents };
  });
  return { files, inputs: Object.keys(result.metafile.inputs), missing: ENTRIES.filter((one) => !present.includes(one)) };
}
