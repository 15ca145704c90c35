import { tar } from '../../src/formats/tar.ts';
import { describeArchiveFormat } from './describe-archive-format.ts';

describeArchiveFormat(tar, { small: 'folder' });
