import type { ByteSource } from '../../artifacts/byte-source.ts';
import { openMember } from '../../artifacts/open-member.ts';
import { GateError } from '../../errors.ts';
import type { ArchiveMember } from '../../model/archive.ts';
import type { FileOddity, StructureFacet } from '../../model/structure.ts';
import { dottedName, isPartOf } from '../python/dotted-name.ts';
import { tokenizePython, type PythonToken } from '../python/tokenize-python.ts';

/** The code of one class; the largest has 0.3 MB. What is longer, or more in all, is told as not looked into. */
const MAX_CODE_BYTES = 16 * 2 ** 20;
const MAX_TOTAL_BYTES = 256 * 2 ** 20;

/** Libraries of operators that PyTorch and its own packages bring along. */
const KNOWN_OPERATORS: ReadonlySet<string> = new Set([
  'aten', 'prim', 'prims', 'cuda', 'quantized', '_quantized', 'quantized_decomposed', 'prepacked', 'mkldnn', 'mkldnn_prepacked', 'onednn', 'xnnpack', 'sparse', 'fb', '_caffe2', 'profiler', 'static_runtime', 'inductor', 'c10d',
  'torchvision', 'image', 'torchaudio', 'torchtext', 'rnn', 'metal', 'vulkan_prepacked', 'sgx',
]);

/** Operators of `aten` that open files. */
const FILE_OPERATORS = /^(?:torch|ops\.aten)\.(?:from_file|save|load|_load|hub)\b/;

/**
 * What the code of a TorchScript archive (`NAME/code/….py`, a language of its own that looks like Python) calls besides PyTorch's own operators: libraries
 * that somebody has to bring along, and operators that open files. Undefined for archives without such code.
 */
export async function structureOfTorchScript(source: ByteSource, members: readonly ArchiveMember[], signal: AbortSignal): Promise<StructureFacet | undefined> {
  const code = members.filter(({ name, kind }) => kind === 'file' && /^[^/]+\/code\/.+\.py$/.test(name));
  if (code.length === 0 || !members.some(({ name }) => /^[^/]+\/(?:data|constants)\.pkl$/.test(name))) return undefined;
  const found = new Map<string, FileOddity>();
  const unread: string[] = [];
  let left = MAX_TOTAL_BYTES;
  let calls = 0;
  for (const { name, place, size } of code) {
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the archive was cancelled.' });
    left -= size;
    const text = place === undefined || size > MAX_CODE_BYTES || left < 0 ? undefined : await textOf(source, place, name);
    const tokens = text === undefined ? undefined : tokenizePython(text);
    if (tokens === undefined) {
      unread.push(name);
      continue;
    }
    for (const [index, token] of tokens.entries()) {
      const foreign = foreignPython(tokens, index);
      if (foreign !== undefined) found.set(foreign, { kind: 'embedded-script', place: `${name}, line ${String(token.line)}`, detail: `It has ${foreign}, which is Python and not the language of TorchScript.` });
      if (token.kind !== 'name' || (token.text !== 'torch' && token.text !== 'ops') || isPartOf(tokens[index - 1])) continue;
      const { dotted } = dottedName(tokens, index);
      calls += 1;
      const [first, library = ''] = dotted.split('.');
      const at = `${name}, line ${String(token.line)}`;
      if (FILE_OPERATORS.test(dotted)) found.set(dotted, { kind: 'file-operator', place: dotted, detail: `It is called in ${at}.` });
      else if (first === 'ops' && library !== '' && !KNOWN_OPERATORS.has(library) && !found.has(dotted)) found.set(dotted, { kind: 'custom-operator', place: dotted.slice(0, 200), detail: `It is called in ${at}; PyTorch does not have it.` });
    }
  }
  const oddities = [...found.values()];
  if (unread.length > 0) oddities.push({ kind: 'missing-part', place: 'the code', detail: `${String(unread.length)} files of code were not read, the first is ${JSON.stringify(unread[0])}.` });
  return { examined: calls, oddities };
}

/** What Python has and the code that TorchScript writes has not: imports but of its own classes, and running a text. */
function foreignPython(tokens: readonly PythonToken[], index: number): string | undefined {
  const [before, token, next] = [tokens[index - 1], tokens[index], tokens[index + 1]];
  if (token?.kind !== 'name' || isPartOf(before)) return undefined;
  const isStatement = before === undefined || before.line !== token.line || before.text === ';' || before.text === ':';
  if (isStatement && (token.text === 'import' || token.text === 'from') && next?.kind === 'name' && next.line === token.line) return /^(?:__torch__|torch)$/.test(next.text) ? undefined : `${token.text} ${next.text.slice(0, 100)}`;
  return /^(?:__import__|exec|eval|compile)$/.test(token.text) && next?.text === '(' ? `${token.text}()` : undefined;
}

async function textOf(source: ByteSource, place: NonNullable<ArchiveMember['place']>, name: string): Promise<string | undefined> {
  try {
    const member = await openMember(source, [place], name);
    return new TextDecoder('utf-8').decode(await member.read(0, member.size));
  } catch (error) {
    if (error instanceof GateError && error.code.startsWith('format/')) return undefined;
    throw error;
  }
}
