import { xz } from '../../src/formats/xz.ts';
import { describeArchiveFormat } from './describe-archive-format.ts';

describeArchiveFormat(xz, { small: 'pickle' });
