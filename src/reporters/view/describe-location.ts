import type { Finding } from '../../report.ts';
import { groupDigits } from '../escape.ts';
import { count } from './format-number.ts';

export interface LocationPart {
  readonly label: string;
  readonly value: string;
  /** A name of the artifact's own, as opposed to a number of ours. */
  readonly isName: boolean;
}

/** A location in words, from the outside in; nothing is escaped yet. */
export function describeLocation(location: Finding['location']): LocationPart[] {
  const { member, tensor, node, sourceClass, targetClass, bytes } = location;
  const name = (label: string, value: string | undefined): LocationPart[] => (value === undefined ? [] : [{ label, value, isName: true }]);
  const number = (label: string, value: number | undefined): LocationPart[] =>
    value === undefined ? [] : [{ label, value: String(value), isName: false }];
  return [
    ...name('member', member),
    ...name('tensor', tensor),
    ...name('node', node),
    ...number('source class', sourceClass),
    ...number('target class', targetClass),
    ...(bytes === undefined ? [] : [{ label: `${count(bytes.length, 'byte')} from byte`, value: groupDigits(bytes.offset), isName: false }]),
  ];
}

/** The same in one line, for places without markup; `escape` is the reporter's own. */
export function locationText(parts: readonly LocationPart[], escape: (name: string) => string): string {
  return parts.map(({ label, value }) => `${label} ${escape(value)}`).join(', ');
}
