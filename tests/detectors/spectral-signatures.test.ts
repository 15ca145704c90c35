import { spectralSignatures } from '../../src/detectors/spectral-signatures.ts';
import { findsPlantedSamples } from '../support/finds-planted-samples.ts';

findsPlantedSamples(spectralSignatures, 'signature');
