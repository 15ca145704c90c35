/** The limit of the reference implementation (safetensors/src/tensor.rs, MAX_HEADER_SIZE): what must be parsed before anything can be known (CWE-789). */
export const MAX_SAFETENSORS_HEADER_BYTES = 100_000_000;

/** Ten times the tensors of the largest published mixture of experts; each takes some hundred bytes of memory (CWE-770). */
export const MAX_SAFETENSORS_TENSORS = 1_000_000;

/** Names are paths of modules, of a hundred characters or so; reports repeat them. */
export const MAX_SAFETENSORS_NAME_CHARACTERS = 65_536;

/** numpy's limit, as for ONNX. */
export const MAX_SAFETENSORS_RANK = 64;
