import protobuf from 'protobufjs';

/**
 * onnx.proto3 for protobufjs, written from the specification and not from src/onnx/schema.ts, so that a wrong field
 * number in one of them shows. `R` repeated, `P` repeated and packed.
 */
const MESSAGES: Readonly<Record<string, string>> = {
  ModelProto: '1 ir_version int64; 8 opset_import R OperatorSetIdProto; 2 producer_name string; 3 producer_version string; 4 domain string; 5 model_version int64; 6 doc_string string; 7 graph GraphProto; 14 metadata_props R StringStringEntryProto; 20 training_info R TrainingInfoProto; 25 functions R FunctionProto; 26 configuration R DeviceConfigurationProto',
  TrainingInfoProto: '1 initialization GraphProto; 2 algorithm GraphProto; 3 initialization_binding R StringStringEntryProto; 4 update_binding R StringStringEntryProto',
  OperatorSetIdProto: '1 domain string; 2 version int64',
  StringStringEntryProto: '1 key string; 2 value string',
  GraphProto: '1 node R NodeProto; 2 name string; 5 initializer R TensorProto; 15 sparse_initializer R SparseTensorProto; 10 doc_string string; 11 input R ValueInfoProto; 12 output R ValueInfoProto; 13 value_info R ValueInfoProto; 14 quantization_annotation R TensorAnnotation; 16 metadata_props R StringStringEntryProto',
  NodeProto: '1 input R string; 2 output R string; 3 name string; 4 op_type string; 7 domain string; 8 overload string; 5 attribute R AttributeProto; 6 doc_string string; 9 metadata_props R StringStringEntryProto; 10 device_configurations R NodeDeviceConfigurationProto',
  AttributeProto: '1 name string; 21 ref_attr_name string; 13 doc_string string; 20 type int32; 2 f float; 3 i int64; 4 s bytes; 5 t TensorProto; 6 g GraphProto; 22 sparse_tensor SparseTensorProto; 14 tp TypeProto; 7 floats R float; 8 ints R int64; 9 strings R bytes; 10 tensors R TensorProto; 11 graphs R GraphProto; 23 sparse_tensors R SparseTensorProto; 15 type_protos R TypeProto',
  TensorProto: '1 dims R int64; 2 data_type int32; 3 segment Segment; 4 float_data P float; 5 int32_data P int32; 6 string_data R bytes; 7 int64_data P int64; 8 name string; 12 doc_string string; 9 raw_data bytes; 13 external_data R StringStringEntryProto; 14 data_location int32; 10 double_data P double; 11 uint64_data P uint64; 16 metadata_props R StringStringEntryProto',
  Segment: '1 begin int64; 2 end int64',
  SparseTensorProto: '1 values TensorProto; 2 indices TensorProto; 3 dims R int64',
  ValueInfoProto: '1 name string; 2 type TypeProto; 3 doc_string string; 4 metadata_props R StringStringEntryProto',
  TensorAnnotation: '1 tensor_name string; 2 quant_parameter_tensor_names R StringStringEntryProto',
  TypeProto: '1 tensor_type TensorTypeProto; 4 sequence_type SequenceTypeProto; 5 map_type MapTypeProto; 9 optional_type SequenceTypeProto; 8 sparse_tensor_type TensorTypeProto; 7 opaque_type OpaqueTypeProto; 6 denotation string',
  TensorTypeProto: '1 elem_type int32; 2 shape TensorShapeProto',
  SequenceTypeProto: '1 elem_type TypeProto',
  MapTypeProto: '1 key_type int32; 2 value_type TypeProto',
  OpaqueTypeProto: '1 domain string; 2 name string',
  TensorShapeProto: '1 dim R Dimension',
  Dimension: '1 dim_value int64; 2 dim_param string; 3 denotation string',
  FunctionProto: '1 name string; 4 input R string; 5 output R string; 6 attribute R string; 11 attribute_proto R AttributeProto; 7 node R NodeProto; 8 doc_string string; 9 opset_import R OperatorSetIdProto; 10 domain string; 13 overload string; 12 value_info R ValueInfoProto; 14 metadata_props R StringStringEntryProto',
  DeviceConfigurationProto: '1 name string; 2 num_devices int32; 3 device R string',
  NodeDeviceConfigurationProto: '1 configuration_id string; 2 sharding_spec R ShardingSpecProto; 3 pipeline_stage int32',
  ShardingSpecProto: '1 tensor_name string; 2 device R int64; 3 index_to_device_group_map R IntIntListEntryProto; 4 sharded_dim R ShardedDimProto',
  IntIntListEntryProto: '1 key int64; 2 value R int64',
  ShardedDimProto: '1 axis int64; 2 simple_sharding R SimpleShardedDimProto',
  SimpleShardedDimProto: '1 dim_value int64; 2 dim_param string; 3 num_shards int64',
};

function definitionOf(): string {
  const messages = Object.entries(MESSAGES).map(([name, fields]) => {
    const lines = fields.split('; ').map((field) => {
      const [number = '', member = '', ...rest] = field.split(' ');
      const rule = rest.length === 1 ? 'optional' : 'repeated';
      const packed = rest[0] === 'P' ? ' [packed = true]' : '';
      return `  ${rule} ${rest.at(-1) ?? ''} ${member} = ${number}${packed};`;
    });
    return `message ${name} {\n${lines.join('\n')}\n}`;
  });
  return `syntax = "proto2";\n${messages.join('\n')}`;
}

export const ModelProto = protobuf.parse(definitionOf(), { keepCase: true }).root.lookupType('ModelProto');

/** A model as protobufjs sees it, plain: absent fields absent, 64-bit numbers and bytes as text. */
export function readWithProtobufjs(bytes: Uint8Array): unknown {
  return ModelProto.toObject(ModelProto.decode(bytes), { longs: String, bytes: String });
}
