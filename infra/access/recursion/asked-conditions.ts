import type { PolicyDefinition } from "../../desired/policy-definition.ts";

/** The conditions that apply to a role's command on a table, with the policy and property of each. */
export function conditionsAsked(
  policies: Readonly<Record<string, PolicyDefinition>>,
  command: "select" | "insert" | "update" | "delete",
  applies: (policy: PolicyDefinition) => boolean,
): readonly { readonly policy: string; readonly property: "using" | "withCheck"; readonly sql: string }[] {
  const ask = (asked: "select" | "insert" | "update" | "delete") => {
    const chosen = Object.entries(policies).filter(
      ([, policy]) => (policy.command === asked || policy.command === "all") && applies(policy),
    );
    // Without a permissive policy no row is allowed, and the restrictive policies are never evaluated.
    return chosen.some(([, policy]) => policy.as === "permissive") ? chosen : [];
  };
  const existing =
    command === "select" ? ["select" as const] : command === "insert" ? [] : [command, "select" as const];
  const using = existing
    .flatMap(ask)
    .flatMap(([policy, { using: sql }]) => (sql === undefined ? [] : [{ policy, property: "using" as const, sql }]));
  const written = command === "insert" || command === "update" ? ask(command) : [];
  const check = written.flatMap(([policy, { using: old, withCheck }]) => {
    const sql = withCheck ?? old;
    return sql === undefined
      ? []
      : [{ policy, property: withCheck === undefined ? ("using" as const) : ("withCheck" as const), sql }];
  });
  return [...using, ...check];
}
