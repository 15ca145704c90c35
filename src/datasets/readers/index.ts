import type { DatasetReader } from '../dataset-reader.ts';
import type { DataKind } from '../open-dataset/sniff-files.ts';
import { arrays } from './arrays.ts';
import { arrow } from './arrow.ts';
import { cifarBinary } from './cifar-binary.ts';
import { cifarPickle } from './cifar-pickle.ts';
import { idx } from './idx.ts';
import { imageFolder } from './image-folder.ts';
import { parquet } from './parquet.ts';
import { table } from './table.ts';
import { tfrecord } from './tfrecord.ts';
import { webdataset } from './webdataset.ts';

/** Every reader of datasets and the kinds of files it takes. Of two that take as many bytes, the first is chosen. */
export const datasetReaders: readonly { readonly reader: DatasetReader; readonly kinds: readonly DataKind[] }[] = [
  { reader: webdataset, kinds: ['webdataset'] },
  { reader: parquet, kinds: ['parquet'] },
  { reader: arrow, kinds: ['arrow'] },
  { reader: tfrecord, kinds: ['tfrecord'] },
  { reader: arrays, kinds: ['array'] },
  { reader: idx, kinds: ['idx'] },
  { reader: cifarBinary, kinds: ['cifar-binary'] },
  { reader: cifarPickle, kinds: ['cifar-pickle'] },
  { reader: imageFolder, kinds: ['image'] },
  { reader: table, kinds: ['table'] },
];
