import { lzma } from '../../src/formats/lzma.ts';
import { describeArchiveFormat } from './describe-archive-format.ts';

describeArchiveFormat(lzma, { small: 'pickle' });
