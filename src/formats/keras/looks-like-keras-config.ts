/** How Keras begins what it writes: a class and its configuration; `module` and `registered_name` since Keras 3. */
const BEGINNING = /^\s*\{\s*"(?:module|class_name|config|registered_name|keras_version|backend|build_config|compile_config)"\s*:/;
const CLASS = /"class_name"\s*:\s*"/;
const COMPANION = /"(?:config|registered_name)"\s*:/;

/** A member of an archive that Keras opens by this name; the second one of a name has its offset behind it. */
const MEMBER = /\.keras!\/(?:.*\/)?config\.json(?:@|$)/i;

/** TensorFlow.js wraps the same configuration; its reader follows it too. */
const WRAPPED = /"modelTopology"\s*:/;

/**
 * Whether JSON is a Keras configuration: by its first key or its members together with a class name, or, in an archive named
 * `.keras`, by the one name under which Keras reads it, whatever is written first.
 */
export function looksLikeKerasConfig(head: Uint8Array, path: string): 'certain' | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('utf8');
  if (!/^\s*\{/.test(text)) return undefined;
  if (MEMBER.test(path)) return 'certain';
  return CLASS.test(text) && (BEGINNING.test(text) || COMPANION.test(text)) && !WRAPPED.test(text) ? 'certain' : undefined;
}
