import type { DatasetFacet } from '../../model/dataset.ts';
import { MAX_REPORTED_BROKEN, MAX_REPORTED_CLASSES, type DatasetSummary } from '../../report.ts';
import { suspectText } from './suspect-text.ts';

/** What a report says of a dataset. */
export function datasetSummary({ kind, count, classNames, classCounts, broken, brokenCount }: DatasetFacet): DatasetSummary {
  return {
    kind, samples: count,
    unlabelled: count - classCounts.reduce((sum, one) => sum + one, 0),
    classCount: classNames.length,
    classes: classNames.slice(0, MAX_REPORTED_CLASSES).map((name, index) => ({ name: suspectText(name), samples: classCounts[index] ?? 0 })),
    brokenCount,
    broken: broken.slice(0, MAX_REPORTED_BROKEN).map(({ place: { file, record }, error }) => ({
      file: suspectText(file), ...(record === undefined ? {} : { record }), reason: suspectText(error.message),
    })),
  };
}
