/** PyTorch 0.1.10 to 1.5: the magic number 0x1950a86a20f9469cfc6c as LONG1, behind a protocol header of any version and maybe a frame. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e] as const;
const HEADER_BYTES = 2;
const FRAME_BYTES = 9;

/** Whether a file begins with the magic number of PyTorch's format before 1.6, which is a pickle of its own. */
export function isLegacyTorch(head: Uint8Array): boolean {
  const at = head[HEADER_BYTES] === 0x95 ? HEADER_BYTES + FRAME_BYTES : HEADER_BYTES;
  return head[0] === 0x80 && MAGIC.every((byte, index) => head[at + index] === byte);
}
