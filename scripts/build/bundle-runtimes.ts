import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import type { Bundled, OutputFile } from './output-file.ts';

/**
 * Native libraries inside dist: the platform of GitHub's default runners. Each further one adds 25 to 90 MB to every
 * checkout of the action; everywhere else an installed onnxruntime-node is used, or WebAssembly.
 */
export const NATIVE_PLATFORMS = ['linux-x64'] as const;

const COMMON = {
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** The one line of the package that loads the library, from a path that dist does not have. */
const BINDING = 'require(`../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`)';
const RELOCATED = "require('node:module').createRequire(__filename)(`./${process.platform}-${process.arch}/onnxruntime_binding.node`)";

/** `dist/native`: onnxruntime-node's JavaScript as one file, and its library for each platform we carry. */
export async function bundleNativeRuntime(root: string): Promise<Bundled> {
  const result = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: ['onnxruntime-node'],
    outfile: 'dist/native/onnxruntime-node.cjs',
    format: 'cjs',
    plugins: [
      {
        name: 'relocate-binding',
        setup: ({ onLoad }) =>
          onLoad({ filter: /onnxruntime-node[\\/]dist[\\/]binding\.js$/ }, async ({ path: file }) => {
            const source = await readFile(file, 'utf8');
            if (source.split(BINDING).length !== 2) throw new Error(`${file} no longer loads its binding by ${BINDING}: adapt scripts/build/bundle-runtimes.ts.`);
            return { contents: source.replace(BINDING, () => RELOCATED) };
          }),
      },
    ],
  });
  const libraries = NATIVE_PLATFORMS.flatMap((platform) => {
    const folder = path.join(root, 'node_modules/onnxruntime-node/bin/napi-v6', ...platform.split('-'));
    return ['onnxruntime_binding.node', 'libonnxruntime.so.1'].map((name) => copied(path.join(folder, name), `native/${platform}/${name}`));
  });
  return { files: [...result.outputFiles.map(({ contents }) => ({ path: 'native/onnxruntime-node.cjs', content: contents })), ...libraries], inputs: Object.keys(result.metafile.inputs) };
}

/** `dist/wasm`: onnxruntime-web's build for Node as one file, and the WebAssembly module it starts. */
export async function bundleWasmRuntime(root: string): Promise<Bundled> {
  const result = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: ['onnxruntime-web'],
    outfile: 'dist/wasm/onnxruntime-web.mjs',
    format: 'esm',
  });
  const folder = path.join(root, 'node_modules/onnxruntime-web/dist');
  const modules = ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'].map((name) => copied(path.join(folder, name), `wasm/${name}`));
  return { files: [...result.outputFiles.map(({ contents }) => ({ path: 'wasm/onnxruntime-web.mjs', content: contents })), ...modules], inputs: Object.keys(result.metafile.inputs) };
}

function copied(from: string, to: string): OutputFile {
  return { path: to, content: readFileSync(from) };
}
