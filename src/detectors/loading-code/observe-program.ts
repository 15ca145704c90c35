import type { CodeProgram } from '../../model/code.ts';
import { bytesAt, placeOf, type Found } from './observation.ts';
import { observeBytecode } from './observe-bytecode.ts';
import { observeKeras } from './observe-keras.ts';
import { observeOperators } from './observe-operators.ts';
import { observePickle } from './observe-pickle.ts';
import { observeSource } from './observe-source.ts';
import { observeTemplate } from './observe-template.ts';

/** Everything about one program that somebody has to know: what its actions do, by the rules of its language, and what is odd about it. */
export function observeProgram(program: CodeProgram, allow: ReadonlySet<string>): Found[] {
  return [...observeActions(program, allow), ...program.irregularities.map(({ kind, offset, message }): Found => ({
    message: kind, data: { place: placeOf(program), detail: message, confidence: 'certain' }, location: { bytes: bytesAt(program, offset) },
  }))];
}

function observeActions(program: CodeProgram, allow: ReadonlySet<string>): readonly Found[] {
  switch (program.language) {
    case 'keras':
      return observeKeras(program, allow);
    case 'python-bytecode':
      return observeBytecode(program);
    case 'tensorflow':
      return observeOperators(program, allow);
    case 'jinja':
      return observeTemplate(program, allow);
    case 'python':
      return observeSource(program, allow);
    case 'pickle':
    case 'skops':
      return observePickle(program, allow);
  }
}
