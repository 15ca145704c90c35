import { catboost } from '../../src/formats/catboost.ts';
import { describeStructuredFormat } from './describe-structured-format.ts';

describeStructuredFormat(catboost, { prefixesOf: 'model.cbm' });
