/**
 * All an inspection process gets of the environment. Tokens and keys stay outside: the process runs an engine on
 * untrusted graphs. Windows starts no process without its system folders; a temporary folder is where the platform says
 * it is; a C++ library in an unusual place is found through the loader's path, as for the gate itself.
 */
const PASSED_ON: readonly string[] = ['SystemRoot', 'SystemDrive', 'windir', 'TEMP', 'TMP', 'TMPDIR', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];

export function workerEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = new Set(PASSED_ON.map((name) => name.toLowerCase()));
  const passed = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined && names.has(entry[0].toLowerCase()));
  return Object.fromEntries(passed);
}
