import { detectors } from '../../src/detectors/index.ts';

/** Lines of a policy's `detectors:` block that switch off every stable detector but those named: for tests that are about something else. */
export function disabledBut(...kept: readonly string[]): string {
  return detectors
    .filter(({ meta }) => meta.lifecycle === 'stable' && !kept.includes(meta.id))
    .map(({ meta }) => `  ${meta.id}: { enabled: false }\n`)
    .join('');
}
