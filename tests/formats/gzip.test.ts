import { gzip } from '../../src/formats/gzip.ts';
import { describeArchiveFormat } from './describe-archive-format.ts';

describeArchiveFormat(gzip, { small: 'pickle' });
