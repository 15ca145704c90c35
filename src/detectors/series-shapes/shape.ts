/** Something that series may carry. */
export interface Shape {
  readonly channel: number;
  /** It stands at one place, and not wherever it may. */
  readonly isPlaced: boolean;
  /** Values of time that it takes. */
  readonly width: number;
  /** How much of it a series has, on a scale of its own, and where it starts. */
  match(row: number): { readonly likeness: number; readonly from: number };
}
