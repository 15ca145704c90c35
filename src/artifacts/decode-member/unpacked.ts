/** Unpacked pieces; at the end, how many packed bytes they were made of. */
export type Unpacked = AsyncGenerator<Uint8Array, number, undefined>;

/** What an unpacker noticed that did not keep it from going on. Offsets are those of the packed bytes. */
export type Notice = (notice: { readonly kind: 'bad-checksum' | 'size-mismatch'; readonly offset: number; readonly detail: string }) => void;
