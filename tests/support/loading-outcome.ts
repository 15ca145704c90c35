import { loadingCode } from '../../src/detectors/loading-code.ts';
import type { Model } from '../../src/model/model.ts';
import { detectContext } from './detect-context.ts';

/** What loading-code makes of a model: its outcome as the runner would name it, and the messages; undefined where it does not apply. */
export async function loadingOutcome(model: Model): Promise<{ readonly outcome: 'clear' | 'flagged' | 'inconclusive'; readonly messages: readonly string[]; readonly text: string } | undefined> {
  const { code } = model.facets;
  if (code === undefined) return undefined;
  const detection = await loadingCode.detect({ ...model, facets: { code } }, { allow: [] }, detectContext());
  if (detection.outcome !== 'measured') return { outcome: 'inconclusive', messages: [], text: detection.reason };
  const messages = [...new Set(detection.observations.map(({ message }) => message))].sort();
  return { outcome: detection.metric > loadingCode.meta.metric.threshold ? 'flagged' : 'clear', messages, text: JSON.stringify(detection.observations) };
}
