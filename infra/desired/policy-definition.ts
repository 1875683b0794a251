import type { z } from "zod";
import type { Probe, Text } from "../catalog/probe.ts";
import { probeCondition } from "../catalog/probes/condition.ts";
import { probeRole } from "../catalog/probes/role.ts";
import type { PolicyRow } from "../catalog/tables.ts";
import type { Problem } from "../errors/errors.ts";
import { expressionProblem } from "../sql/parser.ts";
import {
  nameProblem,
  type QualifiedName,
  quoteIdentifier,
  quoteLiteral,
  quoteQualified,
  quoteRole,
  textProblem,
} from "../sql/quote.ts";
import { isEqual, type Path, type Properties } from "../values/properties.ts";
import type { policyDefinitionArgs } from "./policy-args.ts";

/** A policy in normal form. */
export type PolicyDefinition = Properties & {
  readonly command: PolicyRow["command"];
  readonly roles: readonly string[];
  readonly as: "permissive" | "restrictive";
  readonly using?: string;
  readonly withCheck?: string;
  readonly comment?: string;
};

export function normalisePolicy({
  command,
  roles,
  as,
  using,
  withCheck,
  comment,
}: z.output<typeof policyDefinitionArgs>): PolicyDefinition {
  return {
    command,
    roles: normaliseRoles(roles),
    as,
    ...(using === undefined ? {} : { using: using.trim() }),
    ...(withCheck === undefined ? {} : { withCheck: withCheck.trim() }),
    ...(comment === undefined ? {} : { comment }),
  };
}

/**
 * A policy from the catalog. If it lacks the condition that its command needs, the result has one with PostgreSQL's
 * meaning of that: a permissive policy allows nothing, and a restrictive one restricts nothing.
 */
export function policyOf(row: PolicyRow): PolicyDefinition {
  const absent = row.permissive ? "false" : "true";
  const using = row.using ?? (row.command === "insert" ? undefined : absent);
  const withCheck = row.withCheck ?? (row.command === "insert" ? absent : undefined);
  return {
    command: row.command,
    roles: normaliseRoles(row.roles),
    as: row.permissive ? "permissive" : "restrictive",
    ...(using === undefined ? {} : { using }),
    ...(withCheck === undefined ? {} : { withCheck }),
    ...(row.comment === undefined ? {} : { comment: row.comment }),
  };
}

/**
 * The live policy without a comment that is not declared. Without a declaration (an import), the comment counts as
 * declared.
 */
export function relatePolicy<Live extends PolicyDefinition>(live: Live, declared: PolicyDefinition | undefined): Live {
  if (live.comment === undefined || declared === undefined || declared.comment !== undefined) return live;
  const { comment: _, ...rest } = live;
  return rest as Live;
}

/** Violations of PostgreSQL's rules for policies that can be found without the server. Await `loadParser` first. */
export function policyProblems(name: string, policy: PolicyDefinition, path: Path): Problem[] {
  const problems: Problem[] = [];
  const report = (key: string, message: string | undefined) => {
    if (message !== undefined) problems.push({ path: key === "" ? path : [...path, key], message });
  };
  // The name is a property if the policy is a resource of its own.
  report(path.length === 0 ? "name" : "", nameProblem(name));
  for (const role of policy.roles) report("roles", nameProblem(role));
  report("comment", policy.comment === undefined ? undefined : textProblem(policy.comment));
  if (policy.command === "insert") {
    if (policy.using !== undefined)
      report("using", "a policy for insert has no existing rows to test; write the condition as withCheck");
    if (policy.withCheck === undefined)
      report(
        "withCheck",
        `a policy for insert needs withCheck, the condition on new rows; without one it ${idle(policy)}`,
      );
  } else if (policy.using === undefined) {
    report(
      "using",
      `a policy for ${policy.command} needs using, the condition on existing rows; without one it ${idle(policy)}`,
    );
  }
  if (policy.withCheck !== undefined && (policy.command === "select" || policy.command === "delete")) {
    report("withCheck", `a policy for ${policy.command} writes no rows; leave withCheck out`);
  }
  if (policy.using !== undefined) report("using", expressionProblem(policy.using));
  if (policy.withCheck !== undefined) report("withCheck", expressionProblem(policy.withCheck));
  return problems;
}

function idle({ as }: PolicyDefinition): string {
  return as === "permissive" ? "would let no row through" : "would keep no row out";
}

export function policyTexts(table: QualifiedName, policy: PolicyDefinition, path: Path): Text[] {
  return (["using", "withCheck"] as const).flatMap((key) => {
    const sql = policy[key];
    const at = [...path, key];
    return sql === undefined ? [] : [{ path: at, sql, probe: probeCondition(at, table, sql) }];
  });
}

export function policyProbes(table: QualifiedName, policy: PolicyDefinition, path: Path): Probe[] {
  return [
    ...policy.roles.map((role) => probeRole([...path, "roles"], role)),
    ...policyTexts(table, policy, path).map((text) => text.probe),
  ];
}

/**
 * Statements that change a policy from one definition to another. Roles and conditions are altered in place. The
 * command and the kind can't be altered, and a condition can't be removed; in these cases, the policy is dropped and
 * created within the caller's transaction.
 */
export function planPolicy(
  table: QualifiedName,
  name: string,
  live: PolicyDefinition | undefined,
  desired: PolicyDefinition,
): string[] {
  const target = `${quoteIdentifier(name)} on ${quoteQualified(table)}`;
  const comment = (before: string | undefined) =>
    before === desired.comment
      ? []
      : [`comment on policy ${target} is ${desired.comment === undefined ? "null" : quoteLiteral(desired.comment)}`];
  if (live === undefined) return [createPolicy(target, desired), ...comment(undefined)];
  const isLost = (key: "using" | "withCheck") => live[key] !== undefined && desired[key] === undefined;
  if (live.command !== desired.command || live.as !== desired.as || isLost("using") || isLost("withCheck")) {
    return [dropPolicy(table, name), createPolicy(target, desired), ...comment(undefined)];
  }
  const changes = [
    live.roles.join() === desired.roles.join() ? "" : ` to ${desired.roles.map(quoteRole).join(", ")}`,
    live.using === desired.using || desired.using === undefined ? "" : ` using (${desired.using}\n)`,
    live.withCheck === desired.withCheck || desired.withCheck === undefined
      ? ""
      : ` with check (${desired.withCheck}\n)`,
  ].join("");
  return [...(changes === "" ? [] : [`alter policy ${target}${changes}`]), ...comment(live.comment)];
}

/**
 * The same policy with conditions that allow nothing, whether it is permissive or restrictive, and that depend on
 * nothing.
 */
export function closedPolicy(policy: PolicyDefinition): PolicyDefinition {
  return {
    ...policy,
    ...(policy.using === undefined ? {} : { using: "false" }),
    ...(policy.withCheck === undefined ? {} : { withCheck: "false" }),
  };
}

/**
 * The policy as it may stay: if it changed, it is closed, and a restrictive one that is missing is created again,
 * closed.
 */
export function narrowPolicy(
  live: PolicyDefinition | undefined,
  reference: PolicyDefinition,
): PolicyDefinition | undefined {
  if (live === undefined) return reference.as === "restrictive" ? closedPolicy(reference) : undefined;
  return isEqual(relatePolicy(live, reference), reference) ? live : closedPolicy(reference);
}

export function dropPolicy(table: QualifiedName, name: string): string {
  return `drop policy ${quoteIdentifier(name)} on ${quoteQualified(table)}`;
}

/** Drops a policy that another resource may have dropped already. */
export function dropPolicyIfThere(table: QualifiedName, name: string): string {
  return `drop policy if exists ${quoteIdentifier(name)} on ${quoteQualified(table)}`;
}

function createPolicy(target: string, policy: PolicyDefinition): string {
  const clauses = [
    policy.as === "restrictive" ? " as restrictive" : "",
    ` for ${policy.command}`,
    ` to ${policy.roles.map(quoteRole).join(", ")}`,
    policy.using === undefined ? "" : ` using (${policy.using}\n)`,
    policy.withCheck === undefined ? "" : ` with check (${policy.withCheck}\n)`,
  ];
  return `create policy ${target}${clauses.join("")}`;
}

/** A policy for `public` applies to everybody, whichever other roles it names; PostgreSQL keeps only `public`. */
function normaliseRoles(roles: readonly string[]): readonly string[] {
  return roles.includes("public") ? ["public"] : [...new Set(roles)].sort();
}

/** A policy's conditions for a command, on existing rows and on written rows. */
export function conditionsFor(
  { using = "", withCheck = using }: PolicyDefinition,
  command: "select" | "insert" | "update" | "delete",
): readonly string[] {
  if (command === "insert") return [withCheck];
  return command === "update" ? [using, withCheck] : [using];
}
