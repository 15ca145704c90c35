import { scan } from '../../src/detectors/scan.ts';
import { findsPlantedSamples } from '../support/finds-planted-samples.ts';

findsPlantedSamples(scan, 'two-identities');
