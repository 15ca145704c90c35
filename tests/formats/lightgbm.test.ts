import { lightgbm } from '../../src/formats/lightgbm.ts';
import { describeStructuredFormat } from './describe-structured-format.ts';

describeStructuredFormat(lightgbm);
