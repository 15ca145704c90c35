import { inspectArtifact } from './inspect.ts';
import { serveInspection } from './worker/serve-inspection.ts';

/** Entry of the supervised process: one artifact, then the end. */
serveInspection(inspectArtifact);
