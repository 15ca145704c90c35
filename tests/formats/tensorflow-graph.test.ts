import { tensorflowGraph } from '../../src/formats/tensorflow-graph.ts';
import { describeLibraryFormat } from './describe-library-format.ts';

describeLibraryFormat(tensorflowGraph, { knowsItsEnd: false });
