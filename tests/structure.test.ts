import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectors } from '../src/detectors/index.ts';
import { formatReaders } from '../src/formats/index.ts';
import { reporters } from '../src/reporters/index.ts';

/** The repository tests itself: a forgotten step is a failing test that says what is missing. */

const root = path.resolve(import.meta.dirname, '..');

function filesBelow(folder: string, keep: (file: string) => boolean): string[] {
  const absolute = path.join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.split(path.sep).join('/')}`)
    .filter((file) => statSync(path.join(root, file)).isFile() && keep(file))
    .sort();
}

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const sources = filesBelow('src', (file) => file.endsWith('.ts'));

describe('one id, four paths', () => {
  const doors = [
    ...detectors.map((one) => ({ kind: 'detectors', id: one.meta.id })),
    ...formatReaders.map((one) => ({ kind: 'formats', id: one.meta.id })),
    ...reporters.map((one) => ({ kind: 'reporters', id: one.meta.id })),
  ];

  it.each(doors)('$kind/$id has a source, a test and a docs page named after it', ({ kind, id }) => {
    for (const file of [`src/${kind}/${id}.ts`, `tests/${kind}/${id}.test.ts`, `docs/${kind}/${id}.md`]) {
      expect(existsSync(path.join(root, file)), `There is no ${file}: run "npm run new" for the pattern.`).toBe(true);
    }
  });

  it.each(detectors.map((one) => one.meta.id))('docs/detectors/%s.md says what it sees, what it cannot see and how to answer', (id) => {
    const page = read(`docs/detectors/${id}.md`);

    for (const heading of ['## What it sees', '## What it cannot see', '## How to answer a finding', '## Measured']) {
      expect(page, `${id}: the page has no "${heading}"`).toContain(heading);
    }
  });

  it.each(detectors.map((one) => one.meta.id))('src/detectors/%s.ts opens with its paper, its needs and what defeats it', (id) => {
    const opening = read(`src/detectors/${id}.ts`).slice(0, 4000);

    expect(opening, `${id}: no paper (arXiv or DOI) at the top of the file`).toMatch(/arXiv|doi|DOI/);
    expect(opening, `${id}: the top of the file does not say what it needs`).toMatch(/[Nn]eeds/);
    expect(opening, `${id}: the top of the file does not say what defeats it`).toMatch(/[Dd]efeat/);
  });

  it.each(formatReaders.map((one) => one.meta.id))('fixtures/formats/%s has files to accept and files to reject', (id) => {
    for (const side of ['accept', 'reject']) {
      expect(filesBelow(`fixtures/formats/${id}/${side}`, () => true).length, `fixtures/formats/${id}/${side} is empty`).toBeGreaterThan(0);
    }
  });
});

/** Who may import whom, by folder of src/. Everybody may import errors.ts, report.ts (pure types) and version.ts. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  artifacts: [],
  statistics: [],
  decompositions: ['statistics'],
  onnx: ['artifacts'],
  model: ['artifacts', 'onnx'],
  triggers: ['model', 'statistics'],
  engines: ['artifacts', 'model', 'onnx'],
  autodiff: ['artifacts', 'engines', 'model', 'onnx'],
  formats: ['artifacts', 'model', 'onnx'],
  datasets: ['artifacts', 'model', 'onnx', 'statistics'],
  inversion: ['model', 'statistics', 'triggers'],
  reference: ['artifacts', 'decompositions', 'model', 'statistics'],
  poisoning: ['decompositions', 'model', 'statistics', 'triggers'],
  detectors: ['decompositions', 'inversion', 'model', 'onnx', 'poisoning', 'reference', 'statistics', 'triggers'],
  provenance: ['artifacts', 'policy'],
  policy: ['artifacts', 'detectors', 'provenance', 'statistics'],
  reporters: [],
  inspection: ['artifacts', 'autodiff', 'datasets', 'detectors', 'engines', 'formats', 'inversion', 'model', 'onnx', 'poisoning', 'policy', 'reference', 'statistics'],
  gate: ['artifacts', 'detectors', 'inspection', 'policy', 'provenance', 'reporters'],
  cli: ['artifacts', 'datasets', 'detectors', 'gate', 'inspection', 'model', 'policy', 'provenance', 'reference', 'reporters'],
  action: ['artifacts', 'detectors', 'gate', 'inspection', 'policy', 'provenance', 'reporters'],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

function importsOf(file: string): Import[] {
  const found = read(file).matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\('([^']+)'\)/gm);
  return [...found].map((match) => ({ from: file, to: match[2] ?? match[3] ?? '', isType: match[1] !== undefined }));
}

const folderOf = (file: string): string => {
  const parts = file.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : '';
};

describe('arrows', () => {
  const internal = sources
    .flatMap(importsOf)
    .filter(({ to }) => to.startsWith('.'))
    .map((one) => ({ ...one, target: path.posix.join(path.posix.dirname(one.from), one.to) }));

  it('every folder imports only what lies below it', () => {
    const wrong = internal.filter(({ from, target }) => {
      const [here, there] = [folderOf(from), folderOf(target)];
      if (here === '' || here === there) return false;
      if (there === '') return !['src/errors.ts', 'src/report.ts', 'src/version.ts', 'src/gate.ts', 'src/gate-request.ts'].includes(target);
      return !(ARROWS[here] ?? []).includes(there);
    });

    expect(wrong.map(({ from, target }) => `${from} must not import ${target}`)).toEqual([]);
  });

  it('only the doors import the gate, and only src/action imports @actions/*', () => {
    const gate = internal.filter(({ from, target }) => target === 'src/gate.ts' && !['cli', 'action', ''].includes(folderOf(from)));
    const actions = sources.flatMap(importsOf).filter(({ from, to }) => to.startsWith('@actions/') && folderOf(from) !== 'action');

    expect([...gate, ...actions].map(({ from, to }) => `${from} must not import ${to}`)).toEqual([]);
  });

  it('nothing below the doors reads the environment, the arguments or the console', () => {
    const doors = ['cli', 'action'];
    const wrong = sources
      .filter((file) => !doors.includes(folderOf(file)) && !file.startsWith('src/inspection/worker'))
      .filter((file) => /process\.(env|argv|exit|stdout|stderr)\b|console\./.test(read(file)));

    expect(wrong).toEqual([]);
  });

  it('detectors, formats, policy and reporters read no clock and no network', () => {
    const pure = ['decompositions', 'detectors', 'formats', 'policy', 'reporters', 'triggers', 'statistics', 'onnx', 'model', 'datasets', 'provenance', 'reference'];
    const wrong = sources
      .filter((file) => pure.includes(folderOf(file)))
      .filter((file) => /Date\.now|new Date\(\)|performance\.now|Math\.random|node:(http|https|net|dns|child_process)|\bfetch\(/.test(read(file)));

    expect(wrong).toEqual([]);
  });
});

describe('house style', () => {
  it.each(sources.filter((file) => !file.endsWith('/index.ts')))('%s is one idea of a few screens, without default exports', (file) => {
    const text = read(file);

    expect(text.split('\n').length, 'longer than 450 lines: move its private parts to a folder of its name').toBeLessThanOrEqual(450);
    expect(text).not.toMatch(/^export default /m);
    expect(path.basename(file)).not.toMatch(/util|helper|manager|misc|common/i);
    expect(path.basename(file)).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/);
  });

  it('every test file tests a source file of the same path', () => {
    const free = ['tests/structure.test.ts', 'tests/public-api.test.ts', 'tests/contracts/', 'tests/end-to-end/', 'tests/fixtures/', 'tests/scripts/'];
    const orphans = filesBelow('tests', (file) => file.endsWith('.test.ts'))
      .filter((file) => !free.some((prefix) => file.startsWith(prefix)))
      .filter((file) => {
        const source = file.replace(/^tests\//, 'src/').replace(/\.test\.ts$/, '');
        return !existsSync(path.join(root, `${source}.ts`)) && !existsSync(path.join(root, source));
      });

    expect(orphans.map((file) => `${file} tests nothing of that name`)).toEqual([]);
  });

  it('every error code is raised somewhere', async () => {
    const { ERROR_CODES } = await import('../src/errors.ts');
    const text = sources.filter((file) => file !== 'src/errors.ts').map(read).join('\n');

    expect(Object.keys(ERROR_CODES).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  it('no path of a developer’s machine is in the repository', () => {
    const texts = ['src', 'tests', 'docs', 'scripts', 'policies', 'bench', '.github']
      .flatMap((folder) => filesBelow(folder, (file) => /\.(ts|md|yml|json|py|js)$/.test(file)))
      .filter((file) => file !== 'tests/structure.test.ts');

    expect(texts.filter((file) => /\/(work|home\/\w+|Users\/\w+)\/(main|shared|[a-z]+)\b/.test(read(file)))).toEqual([]);
  });
});
