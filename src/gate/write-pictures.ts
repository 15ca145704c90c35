import { lstat, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../artifacts/write-atomically.ts';
import { GateError } from '../errors.ts';
import type { GateReport, Pictures } from '../report.ts';
import { diagramFile } from '../reporters/diagram-svg.ts';
import { diagramsOf, picturesOf } from './pictures-of.ts';

/** Where the names of all pictures begin; the schema of the report holds it. */
const FOLDER = 'pictures';

/**
 * Writes the pictures that a report names into `pictures/` beside it, each whole or not at all, before the report that
 * names them. Diagrams are drawn here, from the report alone, so those of a merged report need no file to be read. Throws `output/unwritable`, also when `pictures` is a link: a checkout under test could have planted it to
 * have files written elsewhere (CWE-59).
 */
export async function writePictures(report: Pick<GateReport, 'artifacts'>, pictures: Pictures, reportFolder: string): Promise<void> {
  const contents = new Map<string, Uint8Array>(picturesOf(report).flatMap(({ file, digest }) => {
    const bytes = pictures.get(digest);
    return bytes === undefined ? [] : [[path.posix.basename(file), bytes] as const];
  }));
  const diagrams = diagramsOf(report);
  if (contents.size === 0 && diagrams.length === 0) return;
  const folder = path.join(reportFolder, FOLDER);
  await makeFolder(folder);
  for (const [name, bytes] of contents) await writeAtomically(path.join(folder, name), bytes);
  for (const { file, diagram } of diagrams) await writeAtomically(path.join(folder, path.posix.basename(file)), diagramFile(diagram));
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    const facts = await lstat(folder).catch(() => undefined);
    if (facts?.isDirectory() === true) return;
    throw new GateError({
      code: 'output/unwritable',
      message: `${folder} could not be made for the pictures (${facts === undefined ? codeOf(cause) : 'something of that name is there, and it is no folder'}).`,
      where: { artifact: folder },
      nextStep: 'Write the report into an existing folder in which "pictures" is a folder or nothing.',
      cause,
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason';
}
