import type { Artifact } from '../../artifacts/artifact.ts';
import type { CodeProgram } from '../../model/code.ts';
import type { Model } from '../../model/model.ts';
import type { FileOddity } from '../../model/structure.ts';
import { constantTensors } from './constant-tensors.ts';
import type { GraphScope } from './read-graph.ts';

const NOT_RUN = 'Graphs of TensorFlow are examined and not run.';

export interface ReadGraphs {
  readonly artifact: Artifact;
  readonly format: string;
  readonly scopes: readonly GraphScope[];
  readonly programs: readonly CodeProgram[];
  readonly oddities: readonly FileOddity[];
}

/** What a reader of graphs hands over. */
export function modelOfGraphs({ artifact, format, scopes, programs, oddities }: ReadGraphs): Model {
  const nodes = scopes.reduce((sum, scope) => sum + scope.nodes.length, 0);
  const functions = scopes.filter(({ name }) => name !== undefined).length;
  const tensors = constantTensors(scopes, artifact.bytes);
  return {
    artifact,
    format,
    facets: { code: { programs, unexamined: [] }, structure: { examined: Math.max(1, nodes), oddities }, ...(tensors === undefined ? {} : { tensors }) },
    problems: {},
    absences: { graph: NOT_RUN, ...(tensors === undefined ? { tensors: 'The graph holds no weights; they are in files beside it.' } : {}) },
    unclaimed: [],
    companions: [],
    notes: [`${nodes} nodes, ${functions} functions.`],
  };
}
