import { Value } from '@sinclair/typebox/value';
import type { Detector } from '../../src/detectors/detector.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import type { Engine } from '../../src/engines/engine.ts';
import type { InspectPorts } from '../../src/inspection/inspect.ts';
import type { ResolvedDetector } from '../../src/policy/policy.ts';

/** What an inspection needs of its surroundings, where nobody watches it. */
export function quietPorts(threads: number, preference: Parameters<typeof createEngine>[0]['preference'] = 'auto'): InspectPorts {
  return {
    createEngine: (): Promise<Engine> => createEngine({ preference, threads }),
    now: () => performance.now(),
    signal: new AbortController().signal,
    onProgress: () => undefined, onDescribed: () => undefined, onResult: () => undefined,
  };
}

/** A detector with all of its defaults, and time enough not to be cut off. */
export function withDefaults({ meta, options }: Detector, timeoutSeconds = 600): ResolvedDetector {
  return { id: meta.id, required: true, options: Value.Create(options) as Record<string, unknown>, threshold: undefined, timeoutSeconds };
}
