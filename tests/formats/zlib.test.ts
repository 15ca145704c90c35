import { zlib } from '../../src/formats/zlib.ts';
import { describeArchiveFormat } from './describe-archive-format.ts';

describeArchiveFormat(zlib, { small: 'pickle' });
