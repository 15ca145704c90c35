/** The first `most` of what was found of one kind, details without their full stop; the last tells how many more there are. */
export function detailsAtMost<Found extends { readonly detail: string }>(found: readonly Found[], most: number): readonly Found[] {
  const left = found.length - most;
  return found.slice(0, most).map((one, index) => ({
    ...one,
    detail: index === most - 1 && left > 0 ? `${one.detail} ${String(left)} more of this kind are not listed` : one.detail.replace(/\.$/, ''),
  }));
}
