/**
 * modelgate as a library: the same gate the action and the command line run. The list of names is frozen by
 * tests/public-api.test.ts; everything else in the package may change between versions.
 */
export { runGate } from './gate.ts';
export type { GatePorts, GateRequest } from './gate-request.ts';
export { GateError, type Blame, type ErrorPlace, type GateErrorCode, type GateErrorData } from './errors.ts';
export { GateReportSchema, type ArtifactReport, type Finding, type GateReport, type Outcome, type Picture, type Pictures, type Result, type Verdict } from './report.ts';
export { loadPolicy, type LoadPolicyRequest } from './policy/load-policy.ts';
export type { ResolvedPolicy } from './policy/policy.ts';
export { readLockfile } from './provenance/read-lockfile.ts';
export { LockfileSchema, type Lockfile } from './provenance/lockfile.ts';
export { detectors } from './detectors/index.ts';
export type { Detection, Detector, DetectContext } from './detectors/detector.ts';
export type { TriggerPicture } from './model/trigger-picture.ts';
export { formatReaders } from './formats/index.ts';
export type { FormatReader } from './formats/format-reader.ts';
export { reporters } from './reporters/index.ts';
export type { Reporter, RenderOptions } from './reporters/reporter.ts';
export { createSupervisor } from './inspection/supervise.ts';
export { workerProgram } from './inspection/worker-program.ts';
export type { Inspect, Inspection, InspectionRequest } from './inspection/inspection.ts';
