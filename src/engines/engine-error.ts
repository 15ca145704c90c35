import { GateError } from '../errors.ts';

/** Longer messages quote whole shapes or names out of the artifact; the beginning says what is wrong. */
const MAX_MESSAGE_CHARACTERS = 300;

/** `failed to call OrtRun(). ERROR_CODE: 2, ERROR_MESSAGE: ` of the wasm build; the native build says only the rest. */
const WASM_PREFIX = /^.*?\bERROR_CODE: -?\d+, ERROR_MESSAGE: /s;

/** `/onnxruntime_src/onnxruntime/core/graph/graph.cc:1415 void onnxruntime::Graph::...` tells a user nothing. */
const SOURCE_PLACE = /(?:[A-Za-z]:)?[\\/][^\s:]+\.(?:cc|cpp|h|hpp):\d+:?\s*/g;

/** What an engine threw as one clean line. An error that is already ours passes through. */
export function engineError(code: 'engine/rejected' | 'engine/failed' | 'engine/unavailable', thrown: unknown): GateError {
  if (thrown instanceof GateError) return thrown;
  return new GateError({ code, message: oneLine(thrown instanceof Error ? thrown.message : String(thrown)), cause: thrown });
}

function oneLine(text: string): string {
  const line = text
    .replace(WASM_PREFIX, '')
    .replace(SOURCE_PLACE, '')
    // eslint-disable-next-line no-control-regex -- control characters are what must not reach a terminal (CWE-150)
    .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim();
  if (line === '') return 'The engine gave no reason.';
  return line.length <= MAX_MESSAGE_CHARACTERS ? line : `${line.slice(0, MAX_MESSAGE_CHARACTERS - 1)}…`;
}
