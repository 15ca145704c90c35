import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sha256OfFile } from '../../artifacts/digest.ts';
import { merkleRoot } from '../../artifacts/merkle-tree.ts';
import { companionFile } from '../../artifacts/open-companion.ts';
import { toGateError } from '../../errors.ts';
import type { GateRequest } from '../../gate-request.ts';
import type { BaselineFile, BaselineReference } from '../../inspection/inspection.ts';
import { namesOfParts } from '../../inspection/names-of-parts.ts';
import { trustedFile, type TrustedFile } from './trusted-file.ts';

/** Earlier versions in several files, each found and hashed once in a run, though every file of the later version is compared with it. */
export interface IndexedBaselines {
  /** By the absolute path of its index. What cannot be had is a problem with a reason. */
  at(index: string): Promise<BaselineReference>;
  /** Removes what was written of the history. */
  release(): Promise<void>;
}

/** The index and each of its files as {@link trustedFile} has them: on disk, or from before the change that touches them. */
export function indexedBaselines(request: GateRequest, signal: AbortSignal): IndexedBaselines {
  const known = new Map<string, Promise<BaselineReference>>();
  const folders: string[] = [];
  const find = async (index: string): Promise<BaselineReference> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'modelgate-baseline-'));
    folders.push(folder);
    const problem = (reason: string): BaselineReference => ({ kind: 'problem', reason });
    const found = await trustedFile(index, request, path.join(folder, 'index'));
    if ('reason' in found) return problem(found.reason);
    const parts: BaselineFile[] = [];
    for (const [at, name] of (await namesOfParts(found.file, found.shown)).entries()) {
      const part = await trustedFile(path.join(path.dirname(index), name), request, path.join(folder, String(at)));
      if ('reason' in part) return problem(`${part.reason} It is a file of ${found.shown}.`);
      // What the change touches comes from the history, where it is a plain file; what is on disk may be a link that leads elsewhere.
      parts.push(await hashed(name, part.commit === undefined ? { ...part, file: await companionFile(index, name) } : part, signal));
    }
    const itself = await hashed(path.basename(index), found, signal);
    return {
      kind: 'index', index: itself, parts,
      digest: merkleRoot([itself, ...parts].map(({ name, digest }) => `${digest} ${name}`)),
      description: `${found.description}, with its ${parts.length === 1 ? 'file' : `${String(parts.length)} files`}`,
    };
  };
  return {
    at(index) {
      const reference = known.get(index) ?? find(index).catch((thrown: unknown): BaselineReference => {
        const { message, nextStep } = toGateError(thrown);
        return { kind: 'problem', reason: `The earlier version could not be had: ${message}${nextStep === undefined ? '' : ` ${nextStep}`}` };
      });
      known.set(index, reference);
      return reference;
    },
    async release() {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function hashed(name: string, { file, shown }: TrustedFile, signal: AbortSignal): Promise<BaselineFile> {
  const { digest, identity } = await sha256OfFile(file, { signal, path: shown });
  return { name, file, digest, identity };
}
