import { spectre } from '../../src/detectors/spectre.ts';
import { findsPlantedSamples } from '../support/finds-planted-samples.ts';

findsPlantedSamples(spectre, 'excess-variance');
