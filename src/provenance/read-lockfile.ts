import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { GateError } from '../errors.ts';
import { nearest } from '../policy/nearest.ts';
import { isDate } from './is-date.ts';
import { lockPathProblem } from './lock-path.ts';
import { LockEntrySchema, LockfileSchema, type Lockfile } from './lockfile.ts';
import { scanJson, type JsonMap } from './read-lockfile/scan-json.ts';

/** About 60,000 entries. Far above any repository of models, far below what would make CI wait (CWE-400). */
export const MAX_LOCKFILE_BYTES = 16 * 2 ** 20;

const ENTRY_KEYS = Object.keys(LockEntrySchema.properties);
const SOURCE_KEYS = ['url', 'repository', 'revision'];
let compiled: ValidateFunction<Lockfile> | undefined;

interface Problem {
  readonly offset: number;
  readonly field: string;
  readonly message: string;
  readonly nextStep?: string;
}

/**
 * Reads the text of a lockfile. `file` is what errors call it. Throws `lockfile/invalid` with line and column of the
 * first problem: not JSON, a key twice, a broken schema, a path twice or one that leaves the lockfile's folder.
 */
export function readLockfile(text: string, file: string): Lockfile {
  if (text.length > MAX_LOCKFILE_BYTES) {
    throw new GateError({
      code: 'lockfile/invalid',
      message: `The lockfile has more than ${MAX_LOCKFILE_BYTES} bytes.`,
      where: { artifact: file, line: 1, column: 1 },
    });
  }
  // Editors on Windows write a byte order mark, which JSON forbids and everybody skips.
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const map = scanJson(source);
  const value = parse(source, map, file);
  const problems = [...duplicateKeys(map), ...schemaProblems(value, map)];
  // What follows reads the value as a lockfile, so its shape comes first.
  if (problems.length === 0) problems.push(...contentProblems(value as Lockfile, map));
  if (problems.length > 0) throw failure(problems, source, file);
  return value as Lockfile;
}

function parse(source: string, map: JsonMap, file: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    const offset = map.errorAt ?? 0;
    const found = offset < source.length ? `${JSON.stringify([...source.slice(offset, offset + 2)][0])} is unexpected` : 'the text ends too early';
    throw failure([{ offset, field: '', message: `The lockfile is not valid JSON: ${found}.` }], source, file);
  }
}

function duplicateKeys({ duplicateKey }: JsonMap): Problem[] {
  if (duplicateKey === undefined) return [];
  const { key, offset } = duplicateKey;
  return [{ offset, field: key, message: `The key ${JSON.stringify(key)} stands twice in one object.`, nextStep: 'Remove one of the two.' }];
}

function schemaProblems(value: unknown, map: JsonMap): Problem[] {
  compiled ??= new Ajv({ allErrors: true, strict: true }).compile<Lockfile>(LockfileSchema);
  if (compiled(value)) return [];
  const errors = compiled.errors ?? [];
  const choices = new Set(errors.filter((error) => error.keyword === 'anyOf').map((error) => error.instancePath));
  return errors
    // Below a choice each alternative complains about the others' keys; one sentence about the choice says it.
    .filter((error) => error.keyword === 'anyOf' || !choices.has(nearestChoice(error.instancePath, choices)))
    .map((error) => (error.keyword === 'anyOf' ? choiceProblem(error, errors, map) : schemaProblem(error, map)));
}

function nearestChoice(pointer: string, choices: ReadonlySet<string>): string {
  return [...choices].find((choice) => pointer === choice || pointer.startsWith(`${choice}/`)) ?? ' ';
}

function choiceProblem(error: ErrorObject, errors: readonly ErrorObject[], map: JsonMap): Problem {
  const unknown = errors.find(
    (one) => one.instancePath === error.instancePath && one.keyword === 'additionalProperties' && !SOURCE_KEYS.includes(String(one.params['additionalProperty'])),
  );
  if (unknown !== undefined) return unknownKey(unknown, SOURCE_KEYS, map);
  return {
    offset: map.values.get(error.instancePath) ?? 0,
    field: fieldOf(error.instancePath),
    message: 'A source is either {"url": …} or {"repository": …, "revision": …}, each a text that is not empty.',
  };
}

function schemaProblem(error: ErrorObject, map: JsonMap): Problem {
  if (error.keyword === 'additionalProperties') {
    return unknownKey(error, error.instancePath === '' ? Object.keys(LockfileSchema.properties) : ENTRY_KEYS, map);
  }
  const place = { offset: map.values.get(error.instancePath) ?? 0, field: fieldOf(error.instancePath) };
  if (error.keyword === 'required') return { ...place, message: `The key ${JSON.stringify(error.params['missingProperty'])} is missing here.` };
  if (error.instancePath === '/version' && error.keyword === 'const') {
    return {
      ...place,
      message: 'The version of the lockfile has to be 1.',
      nextStep: 'A later version was written by a later modelgate: use that one.',
    };
  }
  const name = place.field === '' ? 'The lockfile' : place.field;
  if (error.keyword === 'pattern') return { ...place, message: `${name} has to be 64 lower-case hexadecimal digits.` };
  return { ...place, message: `${name} ${error.message ?? 'is wrong'}.` };
}

function unknownKey(error: ErrorObject, known: readonly string[], map: JsonMap): Problem {
  const key = String(error.params['additionalProperty']);
  const pointer = `${error.instancePath}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const near = nearest(key, known);
  return {
    offset: map.keys.get(pointer) ?? map.values.get(error.instancePath) ?? 0,
    field: fieldOf(pointer),
    message: `The key ${JSON.stringify(key)} is not known here.`,
    nextStep: near === undefined ? `Known keys: ${known.join(', ')}.` : `Did you mean ${JSON.stringify(near)}?`,
  };
}

function contentProblems(lockfile: Lockfile, map: JsonMap): Problem[] {
  const seen = new Map<string, number>();
  return lockfile.artifacts.flatMap((entry, index) => {
    const at = (key: string): { offset: number; field: string } => ({
      offset: map.values.get(`/artifacts/${index}/${key}`) ?? 0,
      field: `artifacts[${index}].${key}`,
    });
    const problems: Problem[] = [];
    const wrong = lockPathProblem(entry.path);
    if (wrong !== undefined) problems.push({ ...at('path'), message: `The path ${JSON.stringify(entry.path)} ${wrong}.` });
    const earlier = seen.get(entry.path);
    if (earlier !== undefined) {
      problems.push({
        ...at('path'),
        message: `The path ${JSON.stringify(entry.path)} is listed twice, first as artifacts[${earlier}].`,
        nextStep: 'Keep the entry whose digest was approved and remove the other.',
      });
    }
    seen.set(entry.path, earlier ?? index);
    if (!Number.isSafeInteger(entry.size)) problems.push({ ...at('size'), message: `${at('size').field} is too large to be a size.` });
    if (entry.approvedAt !== undefined && !isDate(entry.approvedAt)) {
      problems.push({ ...at('approvedAt'), message: `${at('approvedAt').field} is not a date such as 2025-01-31 or 2025-01-31T12:00:00Z.` });
    }
    return problems;
  });
}

function failure(problems: readonly Problem[], source: string, file: string): GateError {
  const [first, ...others] = [...problems].sort((left, right) => left.offset - right.offset);
  const { offset = 0, field = '', message = '', nextStep } = first ?? {};
  const before = source.slice(0, offset).split('\n');
  const more = others.length === 0 ? '' : ` (and ${others.length} more ${others.length === 1 ? 'problem' : 'problems'})`;
  return new GateError({
    code: 'lockfile/invalid',
    message: `${message}${more}`,
    where: { artifact: file, line: before.length, column: (before.at(-1) ?? '').length + 1, ...(field === '' ? {} : { field }) },
    nextStep: nextStep ?? 'Correct the lockfile, or delete it and write it anew with: modelgate lock',
  });
}

/** `/artifacts/3/sha256` as people write it: `artifacts[3].sha256`. */
function fieldOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`), '');
}
