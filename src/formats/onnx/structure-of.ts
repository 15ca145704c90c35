import type { OnnxModel } from '../../onnx/onnx-model.ts';
import type { FileOddity, StructureFacet } from '../../model/structure.ts';
import { odditiesOfText } from '../oddities/oddities-of-text.ts';
import { oddityOfPath } from '../oddities/oddity-of-path.ts';
import { shown } from '../oddities/shown.ts';
import { tensorsOf } from '../../onnx/walk.ts';
import { contextFiles } from './context-files.ts';
import { foreignOperators } from './foreign-operators.ts';

/** What a graph needs from elsewhere and what its descriptions hold. Paths that leave the folder and double names are errors before that. */
export function structureOf(model: OnnxModel): StructureFacet {
  const operators = foreignOperators(model).map(({ name, runsPython, count }): FileOddity => ({
    kind: runsPython ? 'python-operator' : 'custom-operator', place: name,
    detail: runsPython
      ? `${String(count)} ${count === 1 ? 'node calls' : 'nodes call'} a Python function of the program that runs the model.`
      : `${String(count)} ${count === 1 ? 'node needs' : 'nodes need'} it; neither ONNX nor onnxruntime nor the model defines it.`,
  }));
  const files = new Set<string>();
  for (const { tensor } of tensorsOf(model)) if (tensor.raw?.path !== undefined) files.add(tensor.raw.path);
  const contexts = contextFiles(model).map((path) => oddityOfPath(path, 'compiled part of the graph'));
  const texts: readonly (readonly [string, string | undefined])[] = [
    ...[...model.metadata].map(([key, value]) => [`metadata ${shown(key)}`, value] as const),
    ['the description of the model', model.docString], ['the description of the graph', model.graph.docString],
    ['the name of the producer', model.producerName], ['the domain', model.domain],
  ];
  return {
    examined: model.graph.nodes.length + model.functions.length + files.size + texts.length,
    oddities: [
      ...operators,
      ...contexts,
      ...[...files].map((path) => oddityOfPath(path, 'external data')),
      ...texts.flatMap(([place, text]) => odditiesOfText(text ?? '', place)),
    ],
  };
}
