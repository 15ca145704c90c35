import type { CodeAction, CodeProgram } from '../../model/code.ts';
import type { Observation } from '../detector.ts';
import type { LoadingCodeMessage } from './messages.ts';

export type Found = Observation<LoadingCodeMessage>;

/** How a finding of this kind is backed: what the file says is certain, what it means for an unknown name is not. */
export type Confidence = 'certain' | 'likely';

/** A finding about an action. */
export function observation(program: CodeProgram, action: CodeAction, message: LoadingCodeMessage, data: Readonly<Record<string, string>>, confidence: Confidence): Found {
  return {
    message,
    data: { place: placeOf(program), ...data, code: action.text, opcode: action.via, count: action.count, confidence },
    location: { bytes: bytesAt(program, action.offset), ...(action.node === undefined ? {} : { node: action.node }) },
  };
}

/** A value that is unpacked has no offsets in the file; its own place is what a reader can look at. */
export function bytesAt({ range }: CodeProgram, offset: number): { readonly offset: number; readonly length: number } {
  return offset >= range.offset && offset < range.offset + range.length ? { offset, length: 1 } : { ...range };
}

export function placeOf({ place, runs }: CodeProgram): string {
  return runs === 'load' ? place : `${place} (a pickle inside of a value)`;
}
