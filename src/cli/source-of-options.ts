import { GateError } from '../errors.ts';
import type { LockEntry } from '../provenance/lockfile.ts';

export interface SourceOptions {
  readonly sourceUrl?: string;
  readonly sourceRepository?: string;
  readonly sourceRevision?: string;
}

/** The source that a command line names. Throws `arguments/invalid` for half of one, or for two. */
export function sourceOfOptions({ sourceUrl, sourceRepository, sourceRevision }: SourceOptions): LockEntry['source'] {
  if ([sourceUrl, sourceRepository, sourceRevision].includes('')) throw new GateError({ code: 'arguments/invalid', message: 'A part of the source is empty.', nextStep: 'Say where the bytes come from, or leave it out.' });
  const isRepository = sourceRepository !== undefined && sourceRevision !== undefined;
  if (sourceUrl !== undefined && sourceRepository === undefined && sourceRevision === undefined) return { url: sourceUrl };
  if (sourceUrl === undefined && isRepository) return { repository: sourceRepository, revision: sourceRevision };
  if (sourceUrl === undefined && sourceRepository === undefined && sourceRevision === undefined) return undefined;
  throw new GateError({
    code: 'arguments/invalid',
    message: 'A source is either --source-url, or --source-repository together with --source-revision.',
  });
}
