const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
/** Schemes of TensorFlow's file systems that stay on the machine. */
const LOCAL_SCHEME = /^(file|ram|immutable_const|memmapped_package):\/\//i;

/**
 * Where a path of the file leads: beside the model, out of it, or into the network. Parts in braces are computed when it
 * runs. `"{prefix}/part"` stays where the prefix is, `"/etc/{name}"` does not.
 */
export function judgePath(path: string): 'inside' | 'outside' | 'network' {
  const text = path.trim();
  if (SCHEME.test(text)) return LOCAL_SCHEME.test(text) ? (/^(ram|memmapped_package|immutable_const):/i.test(text) ? 'inside' : 'outside') : 'network';
  if (/^[/\\~]/.test(text) || /^[a-z]:[/\\]/i.test(text)) return 'outside';
  return text.split(/[/\\]/).includes('..') ? 'outside' : 'inside';
}
