interface At {
  /** UTF-16 units from the start of the text. */
  readonly at: number;
  readonly end: number;
}

/** A JSON value with its place; an object keeps every member, also those that another reader would let win or lose. */
export type JsonNode =
  | (At & { readonly kind: 'object'; readonly members: readonly JsonMember[] })
  | (At & { readonly kind: 'array'; readonly items: readonly JsonNode[] })
  | (At & { readonly kind: 'string'; readonly value: string })
  | (At & { readonly kind: 'number'; readonly value: number })
  | (At & { readonly kind: 'boolean'; readonly value: boolean })
  | (At & { readonly kind: 'null' });

export interface JsonMember {
  readonly key: string;
  readonly at: number;
  readonly value: JsonNode;
}
