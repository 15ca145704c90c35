import { tensorflowCheckpoint } from '../../src/formats/tensorflow-checkpoint.ts';
import { describeLibraryFormat } from './describe-library-format.ts';

describeLibraryFormat(tensorflowCheckpoint, { knowsItsEnd: true });
