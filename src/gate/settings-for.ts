import path from 'node:path';
import type { GateRequest } from '../gate-request.ts';
import type { InspectionRequest } from '../inspection/inspection.ts';
import { compileGlobs } from '../artifacts/compile-globs.ts';

/** temporary */
export async function settingsFor(file: string, request: GateRequest): Promise<{ settings: InspectionRequest['settings']; origin: InspectionRequest['settingsOrigin']; notes: string[] }> {
  const blocks = request.policy.models.filter((one) => compileGlobs([one.match])(file));
  const settings = Object.assign({}, ...blocks) as Record<string, unknown>;
  delete settings['match'];
  if (request.samples !== undefined) settings['samples'] = path.resolve(request.root, request.samples);
  return { settings, origin: blocks.length === 0 ? 'none' : 'policy', notes: [] };
}
