/**
 * A small flow chart behind an observation, as data: whoever shows it draws it, so that no markup comes from the process
 * that read the artifact. Names in it are the artifact's words.
 */
export interface Diagram {
  /** A noun phrase of the detector's own words. */
  readonly title: string;
  /** At most MAX_DIAGRAM_NODES, in the order of computation. */
  readonly nodes: readonly DiagramNode[];
  /** Places in `nodes`: what makes a value, and what takes it. At most MAX_DIAGRAM_EDGES. */
  readonly edges: readonly { readonly from: number; readonly to: number }[];
}

export interface DiagramNode {
  /** `input` of the model, `constant`, `step`, a `decision`, the `trunk` that is gone around, the `join`, the `output`. */
  readonly kind: 'input' | 'constant' | 'step' | 'decision' | 'trunk' | 'join' | 'output';
  readonly label: string;
  /** A second, smaller line. */
  readonly detail?: string;
}
