import { bzip2 } from '../../src/formats/bzip2.ts';
import { describeArchiveFormat } from './describe-archive-format.ts';

describeArchiveFormat(bzip2, { small: 'pickle' });
