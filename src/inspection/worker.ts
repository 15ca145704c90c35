import { inspectArtifact } from './inspect.ts';
import { serveInspection } from './worker/serve-inspection.ts';

/** Entry of the supervised process: one artifact at a time, until it is ended. */
serveInspection(inspectArtifact);
