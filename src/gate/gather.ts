import path from 'node:path';
import { sha256OfFile } from '../artifacts/digest.ts';
import type { LfsPointer } from '../artifacts/lfs-pointer.ts';
import { detectors as registry } from '../detectors/index.ts';
import { GateError, toGateError } from '../errors.ts';
import type { GatePorts, GateRequest } from '../gate-request.ts';
import { failedInspection, type Inspection } from '../inspection/inspection.ts';
import type { ArtifactEvidence, RunEvidence } from '../policy/decide.ts';
import { checkTrustedSource } from '../provenance/check-trusted-source.ts';
import type { Result } from '../report.ts';
import type { CollectedArtifact, Collected } from './collect.ts';
import { readPointer } from './read-pointer.ts';
import { schedule } from './schedule.ts';
import { settingsFor } from './settings-for.ts';

/** Address space of one inspection: twice the largest ONNX file (2 GiB) plus the engine's copy and its inner values. */
const INSPECTION_MEMORY_BYTES = 8 * 2 ** 30;

/** Room around the detectors' own time limits: starting the process, reading, fitting the samples. */
const OVERHEAD_SECONDS = 120;
