import { Type, type Static } from '@sinclair/typebox';

/** The report is pure data; `schema/report.schema.json` is generated from this file. Every surface is derived from it. */

const strict = { additionalProperties: false } as const;

export const VerdictSchema = Type.Union([Type.Literal('pass'), Type.Literal('warn'), Type.Literal('fail')]);
export type Verdict = Static<typeof VerdictSchema>;

export const SeveritySchema = Type.Union([
  Type.Literal('info'), Type.Literal('low'), Type.Literal('medium'), Type.Literal('high'), Type.Literal('critical'),
]);

export const OutcomeSchema = Type.Union([
  Type.Literal('clear'), Type.Literal('flagged'), Type.Literal('inconclusive'), Type.Literal('not-applicable'), Type.Literal('error'),
]);
export type Outcome = Static<typeof OutcomeSchema>;

const DigestSchema = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });

export const LocationSchema = Type.Object(
  {
    member: Type.Optional(Type.String()),
    tensor: Type.Optional(Type.String()),
    node: Type.Optional(Type.String()),
    targetClass: Type.Optional(Type.Integer()),
    sourceClass: Type.Optional(Type.Integer()),
    bytes: Type.Optional(Type.Object({ offset: Type.Integer(), length: Type.Integer() }, strict)),
  },
  strict,
);

export const ErrorDataSchema = Type.Object(
  {
    code: Type.String(),
    message: Type.String(),
    blame: Type.Union([Type.Literal('artifact'), Type.Literal('user'), Type.Literal('tool')]),
    where: Type.Optional(
      Type.Object(
        {
          artifact: Type.Optional(Type.String()),
          offset: Type.Optional(Type.Integer()),
          field: Type.Optional(Type.String()),
          line: Type.Optional(Type.Integer()),
          column: Type.Optional(Type.Integer()),
        },
        strict,
      ),
    ),
    nextStep: Type.Optional(Type.String()),
  },
  strict,
);

/** A PNG file beside the report. Its bytes never stand in the report: whoever carries them knows them by their digest. */
export const PictureSchema = Type.Object(
  {
    /** Relative to the folder of the JSON report; there where the report was written to a file. Never a name the artifact chose. */
    file: Type.String({ pattern: '^pictures/[a-z0-9]+(-[a-z0-9]+)*\\.png$', maxLength: 200 }),
    digest: DigestSchema,
    /** `contact-sheet`: mask and pattern, then a column a sample (clean, triggered, difference); `mask`: where; `pattern`: what; `suspects`: a dataset's most suspicious images. */
    kind: Type.Union([Type.Literal('contact-sheet'), Type.Literal('mask'), Type.Literal('pattern'), Type.Literal('suspects')]),
    title: Type.String(),
  },
  strict,
);
export type Picture = Static<typeof PictureSchema>;

/** The bytes of PNG files by their digest (`sha256:…`); they travel beside the report. */
export type Pictures = ReadonlyMap<string, Uint8Array>;

/** More boxes than these are no picture any more. */
export const MAX_DIAGRAM_NODES = 40;
export const MAX_DIAGRAM_EDGES = 120;

/** A label is the name of an operator or of a value. */
export const MAX_DIAGRAM_LABEL_CHARACTERS = 60;

const DiagramPlace = Type.Integer({ minimum: 0, maximum: MAX_DIAGRAM_NODES - 1 });

/** A small flow chart as data: whoever shows it draws it, so that no markup travels from what was scanned. */
export const DiagramSchema = Type.Object(
  {
    title: Type.String(),
    /** Its drawing, relative to the folder of the JSON report; there where the report was written to a file. Never a name the artifact chose. */
    file: Type.Optional(Type.String({ pattern: '^pictures/[a-z0-9]+(-[a-z0-9]+)*\\.svg$', maxLength: 200 })),
    nodes: Type.Array(
      Type.Object(
        {
          /** `input` of the model, `constant`, `step`, `decision`, the `trunk` that is gone around, the `join`, the `output`. */
          kind: Type.Union([
            Type.Literal('input'), Type.Literal('constant'), Type.Literal('step'), Type.Literal('decision'), Type.Literal('trunk'), Type.Literal('join'), Type.Literal('output'),
          ]),
          label: Type.String({ maxLength: MAX_DIAGRAM_LABEL_CHARACTERS }),
          detail: Type.Optional(Type.String({ maxLength: MAX_DIAGRAM_LABEL_CHARACTERS })),
        },
        strict,
      ),
      { maxItems: MAX_DIAGRAM_NODES },
    ),
    /** Places in `nodes`: from what makes a value to what takes it. */
    edges: Type.Array(Type.Object({ from: DiagramPlace, to: DiagramPlace }, strict), { maxItems: MAX_DIAGRAM_EDGES }),
  },
  strict,
);
export type ReportedDiagram = Static<typeof DiagramSchema>;

export const ObservationSchema = Type.Object(
  {
    /** `<detector>/<message>`: the id of the rule. */
    rule: Type.String(),
    severity: SeveritySchema,
    text: Type.String(),
    data: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
    location: LocationSchema,
    /** What the trigger looks like, where the detector has one. */
    pictures: Type.Optional(Type.Array(PictureSchema)),
    /** The part of the graph it is about, where the detector has one. */
    diagram: Type.Optional(DiagramSchema),
  },
  strict,
);

export const MetricSchema = Type.Object(
  {
    name: Type.String(),
    unit: Type.String(),
    value: Type.Number(),
    /** The threshold in force (the policy's, or the detector's default). */
    threshold: Type.Number(),
    flaggedWhen: Type.Union([Type.Literal('above'), Type.Literal('below')]),
  },
  strict,
);

/** A report is read by people; whoever excludes samples takes the whole list from `modelgate dataset quarantine`. */
export const MAX_REPORTED_SUSPECTS = 1000;

/** Ids and reasons quote file names and texts, which may be as long as a dataset likes. */
export const MAX_SUSPECT_CHARACTERS = 500;

const SuspectText = Type.String({ maxLength: MAX_SUSPECT_CHARACTERS });

/** One sample of a dataset that a detector suspects. */
export const SuspectSchema = Type.Object(
  {
    id: SuspectText,
    /** Name of its class. */
    label: Type.Optional(SuspectText),
    reason: SuspectText,
    /** Larger is more suspicious; comparable within one result only. */
    score: Type.Number(),
    /** The file that holds it, relative to the dataset, and the record in it, counted from 0. */
    place: Type.Object({ file: SuspectText, record: Type.Optional(Type.Integer({ minimum: 0 })) }, strict),
  },
  strict,
);
export type Suspect = Static<typeof SuspectSchema>;

/** Classes of a dataset that a report lists. */
export const MAX_REPORTED_CLASSES = 200;

/** Broken records of a dataset that a report lists. */
export const MAX_REPORTED_BROKEN = 20;

/** What a dataset is, in numbers. */
export const DatasetSummarySchema = Type.Object(
  {
    kind: Type.Union([Type.Literal('image'), Type.Literal('text'), Type.Literal('row'), Type.Literal('series')]),
    samples: Type.Integer({ minimum: 0 }),
    unlabelled: Type.Integer({ minimum: 0 }),
    classCount: Type.Integer({ minimum: 0 }),
    /** The first of them. */
    classes: Type.Array(Type.Object({ name: SuspectText, samples: Type.Integer({ minimum: 0 }) }, strict), { maxItems: MAX_REPORTED_CLASSES }),
    brokenCount: Type.Integer({ minimum: 0 }),
    broken: Type.Array(
      Type.Object({ file: SuspectText, record: Type.Optional(Type.Integer({ minimum: 0 })), reason: SuspectText }, strict),
      { maxItems: MAX_REPORTED_BROKEN },
    ),
  },
  strict,
);
export type DatasetSummary = Static<typeof DatasetSummarySchema>;

export const ResultSchema = Type.Object(
  {
    detector: Type.String(),
    outcome: OutcomeSchema,
    /** Calibrated anomaly score in [0, 1]; 0.5 is the detector's default threshold. */
    score: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    metric: Type.Optional(MetricSchema),
    examined: Type.Integer({ minimum: 0 }),
    /** Wall time; the only member of a report that differs between two runs of the same input. */
    seconds: Type.Number(),
    observations: Type.Array(ObservationSchema),
    measurements: Type.Array(
      Type.Object({ name: Type.String(), value: Type.Number(), location: Type.Optional(LocationSchema) }, strict),
    ),
    /** Why it is inconclusive or not applicable, and what would make it run. */
    reason: Type.Optional(Type.String()),
    error: Type.Optional(ErrorDataSchema),
    /** Of a dataset: the samples suspected of being poisoned, the most suspicious first; the first of `suspectCount`. */
    suspects: Type.Optional(Type.Array(SuspectSchema, { maxItems: MAX_REPORTED_SUSPECTS })),
    suspectCount: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  strict,
);
export type Result = Static<typeof ResultSchema>;

export const FindingSchema = Type.Object(
  {
    /** `<detector>/<message>`, `trusted-source/<message>`, `gate/<message>` or `policy/<rule id>`. */
    rule: Type.String(),
    verdict: Type.Union([Type.Literal('warn'), Type.Literal('fail')]),
    severity: SeveritySchema,
    /** Calibrated score of the detector behind it, when there is one. */
    confidence: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    text: Type.String(),
    nextStep: Type.String(),
    detector: Type.Optional(Type.String()),
    location: LocationSchema,
    /** Stable over runs: rule + artifact digest + location. */
    fingerprint: Type.String(),
  },
  strict,
);
export type Finding = Static<typeof FindingSchema>;

export const ProvenanceSchema = Type.Object(
  {
    outcome: OutcomeSchema,
    /** What was compared with what. */
    text: Type.String(),
    observations: Type.Array(ObservationSchema),
    source: Type.Optional(Type.String()),
    approvedBy: Type.Optional(Type.String()),
    approvedAt: Type.Optional(Type.String()),
  },
  strict,
);
export type Provenance = Static<typeof ProvenanceSchema>;

/** A shard's part of a dataset, in a file beside the JSON report. */
export const PartSchema = Type.Object(
  {
    index: Type.Integer({ minimum: 1 }),
    count: Type.Integer({ minimum: 2 }),
    /** Relative to the folder of the report. */
    file: Type.String({ pattern: '^samples/[0-9a-f]{32}-[0-9]+-of-[0-9]+\\.part$', maxLength: 200 }),
    digest: DigestSchema,
    size: Type.Integer({ minimum: 0 }),
    /** Of the manifests that the shard compared with: the parts of one run have the same. */
    manifests: DigestSchema,
  },
  strict,
);

export const ArtifactReportSchema = Type.Object(
  {
    path: Type.String(),
    /** Absent when the bytes could not be read. For a Git LFS pointer: the digest the pointer names. */
    digest: Type.Optional(DigestSchema),
    size: Type.Optional(Type.Integer()),
    /** Format id; absent when unrecognised. */
    format: Type.Optional(Type.String()),
    /** Set for a part of another artifact: external data of a model, or a member of an archive at any depth (then the path begins with `CONTAINER!/`). */
    container: Type.Optional(Type.String()),
    /** Set for an archive: how many of its members have rows of their own. Detectors that answered for one of them have no result here. */
    members: Type.Optional(Type.Integer({ minimum: 0 })),
    change: Type.Optional(Type.Union([Type.Literal('added'), Type.Literal('modified'), Type.Literal('renamed'), Type.Literal('deleted')])),
    verdict: VerdictSchema,
    provenance: ProvenanceSchema,
    results: Type.Array(ResultSchema),
    findings: Type.Array(FindingSchema),
    /** What was inferred about the model (input range, class count), in sentences. */
    notes: Type.Array(Type.String()),
    engine: Type.Optional(Type.String()),
    /** Set for a dataset. */
    dataset: Type.Optional(DatasetSummarySchema),
    /** Set for a dataset of which a shard read a part: no detector has looked at it before all parts are joined. */
    part: Type.Optional(PartSchema),
    /** Set when the artifact could not be read or inspected at all. */
    error: Type.Optional(ErrorDataSchema),
  },
  strict,
);
export type ArtifactReport = Static<typeof ArtifactReportSchema>;

export const GateReportSchema = Type.Object(
  {
    version: Type.Literal(1),
    tool: Type.Object({ name: Type.String(), version: Type.String() }, strict),
    policy: Type.Object(
      { id: Type.String(), digest: DigestSchema, source: Type.String() },
      strict,
    ),
    seed: Type.Integer(),
    verdict: VerdictSchema,
    /** Sorted by path. */
    artifacts: Type.Array(ArtifactReportSchema),
    /** Findings about the run as a whole: nothing scanned, changes unknown, policy changed in the head. */
    findings: Type.Array(FindingSchema),
    coverage: Type.Object(
      {
        seen: Type.Integer(),
        scanned: Type.Integer(),
        skipped: Type.Array(Type.Object({ path: Type.String(), reason: Type.String() }, strict)),
      },
      strict,
    ),
  },
  { ...strict, $id: 'https://modelgate.dev/schema/report.schema.json', title: 'modelgate report' },
);
export type GateReport = Static<typeof GateReportSchema>;
