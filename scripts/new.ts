import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { camelCase } from './generate/registries.ts';

/**
 * `npm run new detector weight-outliers` makes the source, the test and the docs page of a new module from the
 * templates beside this file, which are themselves type-checked and tested, so that they cannot rot.
 */
const FOLDERS = { detector: 'detectors', format: 'formats', reporter: 'reporters' } as const;
type Kind = keyof typeof FOLDERS;

export interface NewFile {
  readonly file: string;
  readonly text: string;
}

/** The files of a new module, with paths relative to the repository root. */
export async function newModule(root: string, kind: Kind, id: string): Promise<NewFile[]> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) throw new Error(`"${id}" is not an id: lower case words joined by hyphens are expected.`);
  const folder = FOLDERS[kind];
  const template = (name: string): Promise<string> => readFile(path.join(root, 'scripts/templates', name), 'utf8');
  const rename = (text: string): string =>
    text
      .replaceAll(`template-${kind}`, id)
      .replaceAll(camelCase(`template-${kind}`), camelCase(id))
      .replaceAll(`Template ${kind}`, `${id.slice(0, 1).toUpperCase()}${id.slice(1).replaceAll('-', ' ')}`);

  const source = rename(await template(`${kind}.ts`))
    .replaceAll(`'../../src/${folder}/`, `'./`)
    .replaceAll(`'../../src/`, `'../`);
  const test = rename(await template(`${kind}.test.ts`)).replaceAll(`'./${kind}.ts'`, `'../../src/${folder}/${id}.ts'`);
  return [
    { file: `src/${folder}/${id}.ts`, text: source },
    { file: `tests/${folder}/${id}.test.ts`, text: test },
    { file: `docs/${folder}/${id}.md`, text: rename(await template(`${kind}.md`)) },
  ];
}

async function main(): Promise<void> {
  const [kind, id] = process.argv.slice(2);
  if (kind === undefined || id === undefined || !Object.hasOwn(FOLDERS, kind)) {
    throw new Error('Usage: npm run new <detector|format|reporter> <id>');
  }
  const root = path.resolve(import.meta.dirname, '..');
  const files = await newModule(root, kind as Kind, id);
  for (const { file } of files) if (existsSync(path.join(root, file))) throw new Error(`${file} exists already.`);
  for (const { file, text } of files) {
    await mkdir(path.join(root, path.dirname(file)), { recursive: true });
    await writeFile(path.join(root, file), text);
    console.log(`wrote ${file}`);
  }
  console.log('Next: write it, then npm run generate.');
}

if (process.argv[1] === import.meta.filename) {
  await main().catch((thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exitCode = 1;
  });
}
