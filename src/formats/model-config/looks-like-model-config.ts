/** Names under which loaders look for a configuration. */
export const MODEL_CONFIG_NAME = /(?:^|[/!])(?:config|[\w-]*tokenizer_config|[\w-]*chat_template|generation_config|processor_config|preprocessor_config|video_preprocessor_config|adapter_config|model_index|modules|config_sentence_transformers)\.json$|(?:^|[/!])MAR-INF\/MANIFEST\.json$/i;

/** The one name under which Keras opens the configuration in its archives, whatever it begins with. */
const KERAS_NAME = /\.keras!\/config\.json$/i;

/** Keys that make a loader run something, and keys that only a model's configuration has. */
const CODE_KEYS = ['auto_map', 'chat_template', '_target_', 'custom_pipelines', 'trust_remote_code'];
const MODEL_KEYS = [...CODE_KEYS, 'model_type', 'architectures', 'transformers_version', 'tokenizer_class', '_class_name', 'peft_type'];

/**
 * A JSON object (or a list, of sentence-transformers' modules) under one of the names, or under any name with a key that makes a
 * loader run something. A configuration of Keras has names of its own for the same and is read as that.
 */
export function startsLikeModelConfig(head: Uint8Array, path: string): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1').trimStart();
  if (!/^[{[]/.test(text)) return false;
  const isKeras = KERAS_NAME.test(path) || (/"class_name"\s*:/.test(text) && /"(?:config|module|registered_name)"\s*:/.test(text));
  if (MODEL_CONFIG_NAME.test(path)) return !isKeras || hasModelKey(text);
  return /\.(?:json|txt)$/i.test(path) && CODE_KEYS.some((key) => hasKey(text, key));
}

/** Whether a text holds one of the keys of a model's configuration, as it is usually written. */
export function hasModelKey(text: string): boolean {
  return MODEL_KEYS.some((key) => hasKey(text, key));
}

function hasKey(text: string, key: string): boolean {
  return text.includes(`"${key}"`);
}
