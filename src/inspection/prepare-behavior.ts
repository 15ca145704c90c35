import { fitInput } from '../datasets/fit-input.ts';
import { loadSamples } from '../datasets/load-samples.ts';
import { openClassifierSession } from '../engines/open-classifier.ts';
import { GateError, toGateError } from '../errors.ts';
import type { Facets } from '../model/facets.ts';
import type { Model } from '../model/model.ts';
import { describeClassifier } from '../onnx/describe-classifier.ts';
import type { InspectPorts } from './inspect.ts';
import type { InspectionRequest } from './inspection.ts';
