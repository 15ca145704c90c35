/** How a field of the text form is written in the binary one: its number, and a text, a whole number, a type of elements or a message. */
export type TextField = readonly [number: number, kind: 'text' | 'number' | 'type' | MessageName];

export type MessageName = keyof typeof TEXT_SCHEMA;

/**
 * The fields of TensorFlow's messages that say what a graph does: graph.proto, node_def.proto, attr_value.proto, tensor.proto, function.proto,
 * op_def.proto, meta_graph.proto, saved_model.proto and saved_object_graph.proto of TensorFlow 2.21. All others are read over.
 */
export const TEXT_SCHEMA = {
  SavedModel: { saved_model_schema_version: [1, 'number'], meta_graphs: [2, 'MetaGraphDef'] },
  MetaGraphDef: { graph_def: [2, 'GraphDef'], collection_def: [4, 'CollectionEntry'], asset_file_def: [6, 'AssetFileDef'], object_graph_def: [7, 'SavedObjectGraph'] },
  GraphDef: { node: [1, 'NodeDef'], library: [2, 'FunctionDefLibrary'] },
  FunctionDefLibrary: { function: [1, 'FunctionDef'] },
  FunctionDef: { signature: [1, 'OpDef'], node_def: [3, 'NodeDef'], ret: [4, 'TextEntry'] },
  OpDef: { name: [1, 'text'], input_arg: [2, 'ArgDef'], output_arg: [3, 'ArgDef'] },
  ArgDef: { name: [1, 'text'] },
  NodeDef: { name: [1, 'text'], op: [2, 'text'], input: [3, 'text'], attr: [5, 'AttrEntry'] },
  AttrEntry: { key: [1, 'text'], value: [2, 'AttrValue'] },
  AttrValue: { list: [1, 'ListValue'], s: [2, 'text'], tensor: [8, 'TensorProto'], placeholder: [9, 'text'], func: [10, 'NameAttrList'] },
  ListValue: { s: [2, 'text'], tensor: [8, 'TensorProto'], func: [9, 'NameAttrList'] },
  NameAttrList: { name: [1, 'text'], attr: [2, 'AttrEntry'] },
  TensorProto: { dtype: [1, 'type'], tensor_shape: [2, 'TensorShapeProto'], tensor_content: [4, 'text'], string_val: [8, 'text'] },
  TensorShapeProto: { dim: [2, 'Dim'] },
  Dim: { size: [1, 'number'] },
  TextEntry: { key: [1, 'text'], value: [2, 'text'] },
  CollectionEntry: { key: [1, 'text'], value: [2, 'CollectionDef'] },
  CollectionDef: { any_list: [5, 'AnyList'] },
  AnyList: { value: [1, 'Any'] },
  Any: { value: [2, 'text'], '[tensorflow.AssetFileDef]': [2, 'AssetFileDef'] },
  AssetFileDef: { tensor_info: [1, 'TensorInfo'], filename: [2, 'text'] },
  TensorInfo: { name: [1, 'text'] },
  SavedObjectGraph: { nodes: [1, 'SavedObject'], concrete_functions: [2, 'FunctionEntry'] },
  SavedObject: { user_object: [4, 'SavedUserObject'], constant: [9, 'SavedConstant'] },
  SavedUserObject: { metadata: [3, 'text'] },
  SavedConstant: { operation: [1, 'text'] },
  FunctionEntry: { key: [1, 'text'], value: [2, 'SavedConcreteFunction'] },
  SavedConcreteFunction: { bound_inputs: [2, 'number'] },
} as const satisfies Record<string, Readonly<Record<string, readonly [number, string]>>>;
