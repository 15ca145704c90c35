/** The part of SARIF 2.1.0 that we write (OASIS standard, section 3). */

export type SarifLevel = 'error' | 'warning' | 'note';

export interface SarifMessage {
  readonly text: string;
  readonly markdown?: string;
}

export interface SarifArtifactLocation {
  readonly uri: string;
  readonly uriBaseId?: string;
  readonly index?: number;
}

export interface SarifLocation {
  readonly physicalLocation: {
    readonly artifactLocation: SarifArtifactLocation;
    readonly region?: { readonly startLine: number };
  };
  readonly logicalLocations?: readonly { readonly name: string; readonly fullyQualifiedName: string; readonly kind: string }[];
}

export interface SarifRule {
  readonly id: string;
  readonly name: string;
  readonly shortDescription: SarifMessage;
  readonly fullDescription: SarifMessage;
  readonly help: SarifMessage;
  readonly helpUri: string;
  readonly defaultConfiguration: { readonly level: SarifLevel };
  readonly properties: { readonly precision: string; readonly tags: readonly string[]; readonly 'security-severity'?: string };
}

export interface SarifAttachment {
  readonly description: SarifMessage;
  readonly artifactLocation: SarifArtifactLocation;
}

export interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: SarifLevel;
  readonly message: SarifMessage;
  readonly locations: readonly SarifLocation[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly attachments?: readonly SarifAttachment[];
  readonly relatedLocations?: readonly (SarifLocation & { readonly message: SarifMessage })[];
  /** 0 to 100. */
  readonly rank?: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface SarifNotification {
  readonly level: SarifLevel;
  readonly message: SarifMessage;
  readonly descriptor: { readonly id: string };
  readonly locations?: readonly SarifLocation[];
}

export interface SarifArtifact {
  readonly location: SarifArtifactLocation;
  readonly length?: number;
  readonly roles: readonly string[];
  readonly hashes?: { readonly 'sha-256': string };
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface SarifLog {
  readonly $schema: string;
  readonly version: '2.1.0';
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: {
          readonly name: string;
          readonly version: string;
          readonly informationUri: string;
          readonly rules: readonly SarifRule[];
          readonly notifications: readonly { readonly id: string; readonly shortDescription: SarifMessage }[];
        };
      };
      readonly columnKind: 'utf16CodeUnits';
      readonly originalUriBaseIds: Readonly<Record<string, { readonly description: SarifMessage }>>;
      readonly artifacts: readonly SarifArtifact[];
      readonly invocations: readonly {
        readonly executionSuccessful: boolean;
        readonly toolExecutionNotifications: readonly SarifNotification[];
      }[];
      readonly results: readonly SarifResult[];
      readonly properties: Readonly<Record<string, unknown>>;
    },
  ];
}
