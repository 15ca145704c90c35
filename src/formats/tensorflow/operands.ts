/** Where an operator takes a text from that decides what it opens: an input by its place, or an attribute. */
export interface OperandPlace {
  readonly name: string;
  readonly input?: number;
  readonly attribute?: string;
}

const inputs = (...pairs: readonly (readonly [number, string])[]): readonly OperandPlace[] => pairs.map(([input, name]) => ({ input, name }));
const attributes = (...names: readonly string[]): readonly OperandPlace[] => names.map((name) => ({ name, attribute: name }));

/**
 * Every operator of TensorFlow with an input or attribute that names a file, an address or a function of the program
 * around it (operator registry of tensorflow-cpu 2.21.0). What they do with it is judged elsewhere.
 */
export const OPERANDS: Readonly<Record<string, readonly OperandPlace[]>> = {
  ...each('Save SaveSlices', inputs([0, 'filename'])),
  ...each('Restore RestoreSlice RecordInput', inputs([0, 'file_pattern'])),
  ...each('SaveV2 RestoreV2 DTensorRestoreV2', inputs([0, 'prefix'])),
  MergeV2Checkpoints: inputs([0, 'checkpoint_prefixes'], [1, 'destination_prefix']),
  ...each('ShardedFilename ShardedFilespec', inputs([0, 'basename'])),
  ...each('InitializeTableFromTextFile InitializeTableFromTextFileV2 CacheDataset CacheDatasetV2 DatasetToTFRecord ExperimentalDatasetToTFRecord', inputs([1, 'filename'])),
  ...each('ReadFile WriteFile', inputs([0, 'filename'])),
  MatchingFiles: inputs([0, 'pattern']),
  ...each('MatchingFilesDataset ExperimentalMatchingFilesDataset', inputs([0, 'patterns'])),
  ...each('FixedLengthRecordDataset FixedLengthRecordDatasetV2 TextLineDataset TFRecordDataset TFRecordDatasetV2 LMDBDataset ExperimentalLMDBDataset CSVDataset CSVDatasetV2 ExperimentalCSVDataset', inputs([0, 'filenames'])),
  ...each('SqlDataset ExperimentalSqlDataset', inputs([1, 'data_source_name'])),
  LoadDataset: inputs([0, 'path']),
  ...each('SaveDataset SaveDatasetV2', inputs([1, 'path'])),
  SnapshotDataset: [...inputs([1, 'path']), ...attributes('reader_path_prefix', 'writer_path_prefix')],
  SnapshotDatasetV2: [...inputs([1, 'path']), ...attributes('reader_prefix', 'writer_prefix')],
  SnapshotDatasetReader: inputs([0, 'shard_dir']),
  SnapshotChunkDataset: inputs([0, 'chunk_file']),
  ListSnapshotChunksDataset: inputs([0, 'snapshot_path']),
  ...each('DataServiceDataset DataServiceDatasetV2 DataServiceDatasetV3 DataServiceDatasetV4', inputs([2, 'address'])),
  ...each('RegisterDataset RegisterDatasetV2', inputs([1, 'address'])),
  DistributedSave: inputs([1, 'directory'], [2, 'address']),
  ...each('RpcClient RpcServer', inputs([0, 'server_address'])),
  RemoteCall: inputs([0, 'target']),
  CreateSummaryFileWriter: inputs([1, 'logdir']),
  CreateSummaryDbWriter: inputs([1, 'db_uri']),
  GenerateVocabRemapping: inputs([0, 'new_vocab_file'], [1, 'old_vocab_file']),
  LoadAndRemapMatrix: inputs([0, 'ckpt_path']),
  PrintV2: attributes('output_stream'),
  ...each('DebugIdentity DebugIdentityV2 DebugIdentityV3 DebugNanCount DebugNumericSummary', attributes('debug_urls')),
  ImmutableConst: attributes('memory_region_name'),
  FixedUnigramCandidateSampler: attributes('vocab_file'),
  Skipgram: attributes('filename'),
  DumpTensor: attributes('log_dir_path', 'file_name'),
  CalibrationStatisticsSaver: attributes('output_file_path'),
  ...each('PyFunc PyFuncStateless EagerPyFunc', attributes('token')),
  ...each('XlaCustomCall', attributes('target_name')),
  ...each('XlaCustomCallV2', attributes('call_target_name')),
};

function each(operators: string, places: readonly OperandPlace[]): Record<string, readonly OperandPlace[]> {
  return Object.fromEntries(operators.split(' ').map((operator) => [operator, places]));
}
