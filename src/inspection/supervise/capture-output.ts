import type { ChildProcess } from 'node:child_process';

/** What a process may say on its way down. The rest is read and dropped, so that a full pipe never stops it. */
const MAX_OUTPUT_CHARACTERS = 64 * 1024;

/** Collects standard output and error of a process; the function returns what there is so far, printable only. */
export function captureOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      // The end matters: that is where a process says why it stops.
      text = (text + chunk).slice(-MAX_OUTPUT_CHARACTERS);
    });
    stream?.on('error', () => undefined);
  }
  // eslint-disable-next-line no-control-regex -- escape sequences must not reach a terminal or a log (CWE-150)
  return () => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]+/g, ' ');
}
