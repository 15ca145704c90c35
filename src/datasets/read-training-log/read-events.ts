import type { ByteSource } from '../../artifacts/byte-source.ts';
import { Cursor } from '../../artifacts/cursor.ts';
import type { TrainingLog } from '../../model/dataset.ts';
import { fieldsOfMessage } from '../readers/tfrecord/fields-of-message.ts';
import { FRAME_HEAD_BYTES, FRAME_TAIL_BYTES, frameLength } from '../readers/tfrecord/frame-length.ts';

/** An event with a scalar has some 50 bytes; those with images are passed over. */
const MAX_EVENT_BYTES = 64 * 1024;
const MAX_POINTS = 10_000_000;

/** Field numbers of tensorflow/core/util/event.proto, summary.proto and tensor.proto. */
const EVENT_STEP = 2;
const EVENT_SUMMARY = 5;
const SUMMARY_VALUE = 1;
const VALUE_TAG = 1;
const VALUE_SIMPLE = 2;
const VALUE_TENSOR = 8;
const TENSOR_CONTENT = 4;
const TENSOR_FLOATS = 5;

/** The scalars of a TensorBoard event file, by tag. A file that is cut off ends where it is cut. */
export async function readEvents(source: ByteSource, signal: AbortSignal): Promise<TrainingLog['scalars']> {
  const found = new Map<string, { steps: number[]; values: number[] }>();
  let points = 0;
  for (let at = 0; at + FRAME_HEAD_BYTES <= source.size && points < MAX_POINTS;) {
    signal.throwIfAborted();
    const length = frameLength(await source.read(at, FRAME_HEAD_BYTES));
    if (length === undefined || at + FRAME_HEAD_BYTES + length + FRAME_TAIL_BYTES > source.size) break;
    if (length <= MAX_EVENT_BYTES) {
      for (const { tag, step, value } of scalarsOf(await source.read(at + FRAME_HEAD_BYTES, length))) {
        const kept = found.get(tag) ?? { steps: [], values: [] };
        found.set(tag, kept);
        kept.steps.push(step);
        kept.values.push(value);
        points += 1;
      }
    }
    at += FRAME_HEAD_BYTES + length + FRAME_TAIL_BYTES;
  }
  return new Map([...found].map(([tag, { steps, values }]) => [tag, { steps: Float64Array.from(steps), values: Float64Array.from(values) }]));
}

function scalarsOf(bytes: Uint8Array): { readonly tag: string; readonly step: number; readonly value: number }[] {
  const fields = [...fieldsOfMessage(new Cursor(bytes))];
  const step = Number(fields.find(({ number, varint }) => number === EVENT_STEP && varint !== undefined)?.varint ?? 0n);
  return fields.flatMap(({ number, content }) => (number === EVENT_SUMMARY && content !== undefined ? [...fieldsOfMessage(content)] : [])).flatMap(({ number, content }) => {
    if (number !== SUMMARY_VALUE || content === undefined) return [];
    const parts = [...fieldsOfMessage(content)];
    const tagField = parts.find((one) => one.number === VALUE_TAG)?.content;
    const value = parts.find((one) => one.number === VALUE_SIMPLE)?.fixed ?? tensorValue(parts.find((one) => one.number === VALUE_TENSOR)?.content);
    return tagField === undefined || value === undefined ? [] : [{ tag: tagField.text(tagField.remaining), step, value }];
  });
}

/** TensorFlow 2 writes scalars as tensors of one float. */
function tensorValue(tensor: Cursor | undefined): number | undefined {
  if (tensor === undefined) return undefined;
  for (const { number, content, fixed } of fieldsOfMessage(tensor)) {
    if (number === TENSOR_FLOATS) return fixed ?? (content !== undefined && content.remaining >= 4 ? content.f32le() : undefined);
    if (number === TENSOR_CONTENT && content?.remaining === 4) return content.f32le();
  }
  return undefined;
}
