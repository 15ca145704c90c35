import type { OnnxDimension, OnnxGraph, OnnxNode, OnnxNodeDeviceConfiguration, OnnxValueInfo } from '../onnx-model.ts';
import type { Message } from '../schema.ts';
import { wireError } from '../wire.ts';
import { decodeAttributes } from './attribute.ts';
import { decodeEntries, documentation, type DecodeContext } from './context.ts';
import { decodeSparseTensor, decodeTensor } from './tensor.ts';
import { decodeDimension, decodeValueInfo } from './type.ts';
import { quoted } from '../quoted.ts';

/** 'ai.onnx' and '' are two names of one domain. */
export function plainDomain(domain: string | undefined): string {
  return domain === undefined || domain === 'ai.onnx' ? '' : domain;
}

export function decodeNode(context: DecodeContext, message: Message<'Node'>): OnnxNode {
  const { offset, name = '', opType = '', overload = '' } = message;
  if (opType === '') throw wireError('format/malformed', `Node ${quoted(name)} has no operator type.`, offset, 'Node.opType');
  return {
    name,
    opType,
    domain: plainDomain(message.domain),
    inputs: message.input ?? [],
    outputs: message.output ?? [],
    attributes: decodeAttributes(context, message.attribute ?? [], () => `Node ${quoted(name === '' ? opType : name)}`),
    ...(overload === '' ? {} : { overload }),
    ...documentation(message, 'Node'),
    ...(message.deviceConfigurations === undefined ? {} : { deviceConfigurations: message.deviceConfigurations.map(decodeNodeDeviceConfiguration) }),
  };
}

/** Subgraphs nest; the wire decoder has bounded how deep. */
export function decodeGraph(context: DecodeContext, message: Message<'Graph'>): OnnxGraph {
  return {
    name: message.name ?? '',
    nodes: (message.node ?? []).map((node) => decodeNode(context, node)),
    initializers: (message.initializer ?? []).map((tensor) => decodeTensor(context, tensor)),
    sparseInitializers: (message.sparseInitializer ?? []).map((tensor) => decodeSparseTensor(context, tensor)),
    inputs: decodeValues(message.input),
    outputs: decodeValues(message.output),
    valueInfo: decodeValues(message.valueInfo),
    ...(message.quantizationAnnotation === undefined
      ? {}
      : {
          quantizationAnnotations: message.quantizationAnnotation.map(({ tensorName = '', quantParameterTensorNames }) => ({
            tensorName,
            parameters: decodeEntries(quantParameterTensorNames, 'TensorAnnotation.quantParameterTensorNames'),
          })),
        }),
    ...documentation(message, 'Graph'),
  };
}

export function decodeValues(list: readonly Message<'ValueInfo'>[] | undefined): readonly OnnxValueInfo[] {
  return (list ?? []).map((info) => decodeValueInfo(info));
}

function decodeNodeDeviceConfiguration(message: Message<'NodeDeviceConfiguration'>): OnnxNodeDeviceConfiguration {
  return {
    configurationId: message.configurationId ?? '',
    ...(message.pipelineStage === undefined ? {} : { pipelineStage: message.pipelineStage }),
    sharding: (message.shardingSpec ?? []).map(({ tensorName = '', device = [], indexToDeviceGroupMap = [], shardedDim = [] }) => ({
      tensorName,
      devices: device,
      deviceGroups: indexToDeviceGroupMap.map(({ key = 0n, value = [] }) => ({ key, devices: value })),
      dimensions: shardedDim.map(({ axis = 0n, simpleSharding = [] }) => ({
        axis,
        shards: simpleSharding.map((shard): { readonly dimension: OnnxDimension; readonly count: bigint } => ({
          dimension: decodeDimension(shard, 'SimpleShardedDim.dimValue'),
          count: shard.numShards ?? 0n,
        })),
      })),
    })),
  };
}
