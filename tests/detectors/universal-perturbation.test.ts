import { universalPerturbation } from '../../src/detectors/universal-perturbation.ts';
import { findsShortcut } from '../support/finds-shortcut.ts';

findsShortcut(universalPerturbation, 'leading-class');
