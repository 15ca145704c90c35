import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
}

const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/** Packages that name the MIT licence and ship no file of it; anything else without a file stops the build. */
const HOLDERS: Readonly<Record<string, string>> = {
  'onnxruntime-common': 'Microsoft Corporation',
  'onnxruntime-node': 'Microsoft Corporation',
  'onnxruntime-web': 'Microsoft Corporation',
};

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** The licences of all packages that have a file in the bundle, in order of name and version. */
export function collectLicenses(root: string, inputs: readonly string[]): string {
  const folders = new Set<string>();
  for (const input of inputs) {
    const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (folder !== undefined) folders.add(folder);
  }
  const sections = new Map<string, string>();
  for (const folder of folders) {
    const manifest = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as Manifest;
    sections.set(`${manifest.name} ${manifest.version}`, licenseOf(path.join(root, folder), manifest));
  }
  const head = 'dist/ contains code of these packages, each under its own licence. modelgate itself is under the licence in LICENSE.\n';
  const ordered = [...sections].sort(([left], [right]) => (left < right ? -1 : 1));
  return [head, ...ordered.map(([name, text]) => `${'='.repeat(80)}\n${name}\n${'='.repeat(80)}\n\n${text}\n`)].join('\n');
}

function licenseOf(folder: string, manifest: Manifest): string {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => LICENSE_FILE.test(name)).sort() : [];
  const head = `Licence: ${manifest.license ?? 'see below'}\n`;
  if (names.length > 0) {
    return [head, ...names.map((name) => readFileSync(path.join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim())].join('\n');
  }
  const holder = HOLDERS[manifest.name];
  if (manifest.license !== 'MIT' || holder === undefined) {
    throw new Error(`${manifest.name} ${manifest.version} ships no licence file: look its licence up and add it to scripts/build/collect-licenses.ts.`);
  }
  const notices = `Third-party notices of the library: https://github.com/microsoft/onnxruntime/blob/v${manifest.version}/ThirdPartyNotices.txt`;
  return [head, `Copyright (c) ${holder}`, '', MIT, ...(manifest.name === 'onnxruntime-common' ? [] : ['', notices])].join('\n');
}
