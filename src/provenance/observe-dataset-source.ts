import type { Provenance } from '../report.ts';
import { DATASET_SOURCE_MESSAGES, type DatasetSourceMessage } from './dataset-source-messages.ts';

/** An observation `dataset-source/<message>` with its text filled in. */
export function observeDatasetSource(message: DatasetSourceMessage, data: Readonly<Record<string, string | number>>): Provenance['observations'][number] {
  const { severity, text } = DATASET_SOURCE_MESSAGES[message];
  return {
    rule: `dataset-source/${message}`, severity, data: { ...data }, location: {},
    text: text.replace(/\{(\w+)\}/g, (place, name: string) => String(data[name] ?? place)),
  };
}
