import { BEGINS_LIKE_NO_MODEL, collectArtifacts } from './gate/collect.ts';
import { gatherEvidence } from './gate/gather.ts';
import { ruleCatalog } from './gate/rule-catalog.ts';
import type { GatePorts, GateRequest } from './gate-request.ts';
import { decide } from './policy/decide.ts';
import type { GateReport } from './report.ts';
import { TOOL } from './version.ts';

/**
 * The whole story: collect the artifacts, check where each comes from, inspect it (identify, read, detect) in a
 * process of its own, and let the policy decide. Pure but for the file system and the injected ports.
 */
export async function runGate(request: GateRequest, ports: GatePorts): Promise<GateReport> {
  const collected = await collectArtifacts(request, ports);
  const evidence = await gatherEvidence(collected, request, ports);
  const rules = ruleCatalog();
  // Weights that lie beside a model begin like none, and are looked at with it.
  const rows = new Set(evidence.artifacts.map(({ path }) => path));
  const skipped = collected.skipped.filter(({ path, reason }) => reason !== BEGINS_LIKE_NO_MODEL || !rows.has(path)).map((one) => ({ ...one }));
  const decision = decide(evidence, request.policy, {
    warnOnly: request.warnOnly,
    nextStepOf: (rule) => rules.get(rule)?.nextStep,
  });

  return {
    version: 1,
    tool: TOOL,
    policy: { id: request.policy.id, digest: request.policy.digest, source: request.policy.source },
    seed: request.seed,
    verdict: decision.verdict,
    artifacts: decision.artifacts,
    findings: decision.findings,
    coverage: {
      seen: evidence.artifacts.length + skipped.length,
      scanned: evidence.artifacts.filter((one) => one.results.some((result) => result.outcome === 'clear' || result.outcome === 'flagged')).length,
      skipped,
    },
  };
}
