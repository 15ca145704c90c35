import { Readable, type Duplex } from 'node:stream';
import { GateError } from '../../errors.ts';
import type { Unpacked } from './unpacked.ts';

/** An unpacking engine of Node's zlib: stops at the end of its stream and counts what it took. */
export type UnpackingEngine = Duplex & { readonly bytesWritten: number };

/** What comes out of the engine as the packed bytes go in; returns how many it took. What the engine finds wrong becomes `damaged`. */
export async function* throughEngine(engine: UnpackingEngine, packed: AsyncIterable<Uint8Array>, damaged: (error: unknown) => GateError): Unpacked {
  const input = Readable.from(packed, { objectMode: true, highWaterMark: 1 });
  // What goes wrong while reading the packed bytes must reach whoever reads the unpacked ones.
  input.on('error', (error) => engine.destroy(error));
  input.pipe(engine);
  try {
    for await (const piece of engine) yield piece as Uint8Array;
  } catch (error) {
    throw error instanceof GateError ? error : damaged(error);
  } finally {
    input.destroy();
    engine.destroy();
  }
  return engine.bytesWritten;
}
