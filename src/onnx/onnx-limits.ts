/** What a reader of untrusted ONNX bytes is willing to hold. Legal files beyond them are `format/limit-exceeded`. */
export interface OnnxLimits {
  /** Messages (nodes, attributes, value infos, strings of bytes) a file may hold. */
  readonly messages: number;
  /** Scalars, strings and list elements a file may hold, tensors' typed values aside. */
  readonly items: number;
  /** Bytes of decoded typed values (float_data, int64_data ...): a one-byte varint becomes eight bytes. */
  readonly typedBytes: number;
  /** Messages within messages. */
  readonly depth: number;
  /** Bytes of a value, node, operator or dimension name. */
  readonly nameBytes: number;
  /** Bytes of a doc string or a metadata value. */
  readonly textBytes: number;
  /** Dimensions of a tensor. */
  readonly rank: number;
  /** Nodes after every call of a model-local function is replaced by its body. */
  readonly expandedNodes: number;
}

export const ONNX_LIMITS: OnnxLimits = {
  // An empty message takes two bytes in the file and some 200 in memory (CWE-789). The largest language models
  // published as ONNX hold a few hundred thousand messages.
  messages: 2_000_000,
  // Tree ensembles keep their nodes in attribute lists; ten lists of a million nodes fit.
  items: 16_777_216,
  // Exporters use raw_data for anything large, and that is never copied.
  typedBytes: 1_073_741_824,
  // The default of protobuf's own C++ parser, so whatever this refuses onnxruntime refuses as well (CWE-674).
  depth: 100,
  nameBytes: 65_536,
  textBytes: 67_108_864,
  // numpy stops at 64 as well.
  rank: 64,
  // Functions that call functions grow exponentially when an engine inlines them (CWE-776, "billion laughs").
  expandedNodes: 10_000_000,
};

/** Protobuf's own limit: a message is smaller than 2 GiB; larger models keep their tensors in external files. */
export const MAX_ONNX_FILE_BYTES = 0x7fff_ffff;

/** The newest ONNX IR version whose messages `schema.ts` knows (ONNX 1.20 and 1.21). */
export const MAX_IR_VERSION = 13n;
