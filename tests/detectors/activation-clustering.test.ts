import { activationClustering } from '../../src/detectors/activation-clustering.ts';
import { findsPlantedSamples } from '../support/finds-planted-samples.ts';

findsPlantedSamples(activationClustering, 'second-cluster');
