import { sha256OfFile } from '../../src/artifacts/digest.ts';

/** Run as a process of its own: hashes one file and prints its digest and how far resident memory grew meanwhile. */
const file = process.argv[2] ?? '';
// A first small run loads code and pools, so that what follows is the growth by the file's size.
await sha256OfFile(import.meta.filename);
const before = process.memoryUsage.rss();
let peak = before;
const result = await sha256OfFile(file, {
  onProgress: () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  },
});
process.stdout.write(JSON.stringify({ ...result, grownBytes: peak - before }));
