import { triggerInversion } from '../../src/detectors/trigger-inversion.ts';
import { findsShortcut } from '../support/finds-shortcut.ts';

findsShortcut(triggerInversion, 'recovered-trigger');
