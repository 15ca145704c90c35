import path from 'node:path';
import process from 'node:process';
import { bundleEntries } from './build/bundle-entries.ts';
import { collectLicenses } from './build/collect-licenses.ts';
import { compareFolder } from './build/compare-folder.ts';
import { bundleNativeRuntime, bundleWasmRuntime, NATIVE_PLATFORMS } from './build/bundle-runtimes.ts';
import type { OutputFile } from './build/output-file.ts';
import { replaceFolder } from './build/replace-folder.ts';

/**
 * Makes `dist/`: the action, the CLI and the inspection process in one bundle each (with shared chunks), the inference
 * runtimes beside them, and the licences of everything inside. The same input gives the same bytes. `--check` writes
 * nothing and fails when `dist/` is not what would be written.
 */
const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

const entries = await bundleEntries(root);
for (const missing of entries.missing) console.log(`skipped ${missing.output}: there is no ${missing.source} yet`);
const native = await bundleNativeRuntime(root);
const wasm = await bundleWasmRuntime(root);
const code = [...entries.files, ...native.files, ...wasm.files];
const licenses = collectLicenses(root, [...entries.inputs, ...native.inputs, ...wasm.inputs]);

const files: readonly OutputFile[] = [
  ...code,
  { path: 'licenses.txt', content: Buffer.from(licenses) },
  // dist works wherever it is copied, also where no package.json above it says that .js files are modules.
  { path: 'package.json', content: Buffer.from('{ "type": "module" }\n') },
];

if (process.argv.includes('--check')) {
  const differences = compareFolder(dist, files);
  for (const difference of differences) console.error(`dist/${difference}`);
  if (differences.length > 0) {
    console.error('dist/ is not what this source makes: run "npm run build".');
    process.exitCode = 1;
  }
} else {
  replaceFolder(dist, files);
  const size = (list: readonly OutputFile[]): string => `${(list.reduce((sum, one) => sum + one.content.byteLength, 0) / 2 ** 20).toFixed(2)} MiB`;
  console.log(`dist: ${size(files)} (code ${size(entries.files)}, native ${NATIVE_PLATFORMS.join(', ')} ${size(native.files)}, wasm ${size(wasm.files)})`);
}
