import path from 'node:path/posix';
import { GateError } from '../../errors.ts';
import type { TObject } from '@sinclair/typebox';
import type { Detector } from '../../detectors/detector.ts';
import { checkSchema } from '../check-schema.ts';
import { documentError, type Problem } from '../document-error.ts';
import type { LoadPolicyRequest } from '../load-policy.ts';
import { nearest } from '../nearest.ts';
import { policySchema } from '../policy-schema.ts';
import { readDocument, type DocumentPath } from '../read-document.ts';
import { READY_POLICIES, type ReadyPolicyId } from '../ready-policies.ts';
import { checkContent } from './check-content.ts';
import type { LoadedDocument, PolicyDocument } from './policy-document.ts';

/** Policies in one chain. An organization's has three or four; more is a mistake or an attack on time (CWE-400). */
const MAX_DOCUMENTS = 32;

interface Search extends LoadPolicyRequest {
  readonly schema: TObject;
  /** Folder that file paths may not leave; empty for the repository root. */
  readonly folder: string;
  /** What takes effect, the earliest first. A document takes effect once, where it is first named. */
  readonly found: Map<string, LoadedDocument>;
}

interface Source {
  readonly kind: 'ready' | 'file';
  /** Ready policy's id, or path. */
  readonly name: string;
}

const schemas = new WeakMap<readonly Detector[], TObject>();

/** The policy and everything it extends, in the order in which they are merged: the policy itself is the last. */
export async function followExtends(request: LoadPolicyRequest): Promise<readonly LoadedDocument[]> {
  const schema = schemas.get(request.detectors) ?? policySchema(request.detectors);
  schemas.set(request.detectors, schema);
  const { source } = request;
  const folder = source.kind === 'file' && path.isAbsolute(source.path) ? path.dirname(source.path) : '';
  const search: Search = { ...request, schema, folder, found: new Map() };

  if (source.kind === 'built-in') {
    if (!isReady(source.id)) throw unknownReady(source.id);
    await visit(search, { kind: 'ready', name: source.id }, READY_POLICIES[source.id], []);
  } else {
    const name = path.normalize(source.path);
    await visit(search, { kind: 'file', name }, source.text, []);
  }
  const chain = [...search.found.values()];
  const isRooted = [...search.found.keys()][0]?.startsWith('ready:') === true;
  return isRooted ? chain : [read(search, { kind: 'ready', name: 'recommended' }, READY_POLICIES.recommended), ...chain];
}

/** Depth first: what a document extends comes before it. `trail` holds the keys of the documents that led here. */
async function visit(search: Search, source: Source, text: string, trail: readonly string[]): Promise<void> {
  const key = `${source.kind}:${source.name}`;
  if (search.found.has(key)) return;
  const loaded = read(search, source, text);
  const { extends: extended } = loaded.content;
  const references = extended === undefined ? [] : typeof extended === 'string' ? [extended] : extended;

  for (const [index, reference] of references.entries()) {
    const at: DocumentPath = typeof extended === 'string' ? ['extends'] : ['extends', index];
    const fail = (message: string, code?: Problem['code']): GateError => {
      const problem = { ...loaded.text.positionOf(at, 'value'), path: at, message, ...(code === undefined ? {} : { code }) };
      return documentError([problem], loaded.text.file);
    };
    const next = locate(reference, source, search.folder);
    if (typeof next === 'string') throw fail(next);
    const nextKey = `${next.kind}:${next.name}`;
    const chain = [...trail, key];
    if (chain.includes(nextKey)) {
      const names = [...chain.slice(chain.indexOf(nextKey)), nextKey].map((one) => one.slice(one.indexOf(':') + 1));
      throw fail(`The policies extend each other in a circle: ${names.join(' → ')}.`);
    }
    if (chain.length + search.found.size >= MAX_DOCUMENTS) throw fail(`More than ${MAX_DOCUMENTS} policies extend each other.`);
    const nextText = next.kind === 'ready' && isReady(next.name) ? READY_POLICIES[next.name] : await search.readFile(next.name);
    if (nextText === undefined) throw fail(`There is no policy file "${next.name}".`, 'policy/not-found');
    await visit(search, next, nextText, chain);
  }
  search.found.set(key, loaded);
}

function read(search: Search, source: Source, text: string): LoadedDocument {
  const document = readDocument(text, source.kind === 'ready' ? `built-in:${source.name}` : source.name);
  const problems = checkSchema(search.schema, document);
  if (problems.length > 0) throw documentError(problems, document.file);
  const content = document.value as PolicyDocument;
  const wrong = checkContent(content, document);
  if (wrong.length > 0) throw documentError(wrong, document.file);
  const id = content.id ?? idOf(source.name);
  return { text: document, content: { ...content, id } };
}

/** `.github/modelgate.yml` → `modelgate`. */
function idOf(file: string): string {
  const name = path.basename(file).replace(/^\.+/, '').replace(/\.(?:ya?ml|json)$/i, '');
  return name === '' ? 'policy' : name;
}

/** What a reference of `extends` means, or why it means nothing. */
function locate(reference: string, from: Source, folder: string): Source | string {
  if (isReady(reference)) return { kind: 'ready', name: reference };
  const shown = JSON.stringify(reference);
  if (/^[a-z][a-z0-9+.-]*:/i.test(reference)) return `${shown} is neither a ready policy nor a file in this repository; policies are not fetched from elsewhere.`;
  if (reference.includes('\\')) return `${shown} has a backslash; paths are written with "/".`;
  if (path.isAbsolute(reference)) return `${shown} is an absolute path; paths are relative to the file that names them.`;
  if (!/[./]/.test(reference)) {
    const near = nearest(reference, Object.keys(READY_POLICIES));
    const hint = near === undefined ? `Ready policies are: ${Object.keys(READY_POLICIES).join(', ')}; a file is named with its ending, such as ./${reference}.yml.` : `Did you mean "${near}"?`;
    return `There is no ready policy ${shown}. ${hint}`;
  }
  const name = path.normalize(path.join(from.kind === 'file' ? path.dirname(from.name) : '', reference));
  const isInside = folder === '' ? name !== '..' && !name.startsWith('../') : name.startsWith(`${folder}/`);
  return isInside ? { kind: 'file', name } : `${shown} leads out of the folder that policies are read from.`;
}

function isReady(name: string): name is ReadyPolicyId {
  return Object.hasOwn(READY_POLICIES, name);
}

function unknownReady(id: string): GateError {
  const near = nearest(id, Object.keys(READY_POLICIES));
  return new GateError({
    code: 'policy/not-found',
    message: `There is no ready policy ${JSON.stringify(id)}.${near === undefined ? '' : ` Did you mean "${near}"?`}`,
    nextStep: `Ready policies are: ${Object.keys(READY_POLICIES).join(', ')}.`,
  });
}
