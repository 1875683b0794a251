import { privilegeOf, withFunction } from "../../access/reach/overlay.ts";
import { functionIdentity } from "../../catalog/functions.ts";
import { select } from "../../catalog/part.ts";
import { probeRole } from "../../catalog/probes/role.ts";
import { routines } from "../../catalog/routines.ts";
import { planExecute } from "../../desired/execute.ts";
import { tellUnanswerableCalling } from "../../inspection/rights.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import { normaliseOwner, type Owned, ownerProblems, planOwner, refuseForeignOwner } from "../../lifecycle/owner.ts";
import { routineIdOf } from "../../lifecycle/routine-id.ts";
import { loadParser } from "../../sql/parser.ts";
import { platformSchemaProblem } from "../../sql/platform-schemas.ts";
import { nameProblem } from "../../sql/quote.ts";
import { readSearchPath } from "../../sql/search-path.ts";
import { quoteSignature, readRoutine, splitSignature } from "../../sql/signature.ts";
import { isEqual } from "../../values/properties.ts";
import { adoptable } from "./adopt.ts";
import { functionAccessArgs } from "./args.ts";
import { accessContradictions } from "./contradictions.ts";
import { probeProperty, probeRoutine } from "./probe.ts";
import { writeSearchPath } from "./search-path.ts";

export type FunctionAccess = Owned & {
  readonly function: string;
  readonly execute: readonly string[];
  readonly securityDefiner: boolean;
  /** Absent: it is not declared, or the function sets none. */
  readonly searchPath?: readonly string[];
  /** Live only: roles with the grant option for EXECUTE, which can't be declared. */
  readonly executeWithGrantOption?: readonly string[];
};

/** @see https://www.postgresql.org/docs/current/sql-alterroutine.html */
export const functionAccess: Kind<FunctionAccess, typeof functionAccessArgs> = {
  name: "FunctionAccess",
  description:
    "Who may execute a function, procedure or aggregate that a migration makes, and with whose rights it runs.",
  input: functionAccessArgs,
  replaceOn: ["function"],
  liveOnly: ["executeWithGrantOption"],

  async normalise({ function: named, execute, owner: declaredOwner, securityDefiner, searchPath }, { server }) {
    await loadParser();
    const routine = readRoutine(named);
    if (typeof routine === "string") return [{ path: ["function"], message: routine }];
    const platform =
      platformSchemaProblem(routine, "Declare functions of your own schemas") ??
      nameProblem(routine.schema) ??
      nameProblem(routine.name);
    const owner = normaliseOwner(declaredOwner, server);
    const names = { execute, searchPath: searchPath ?? [] };
    const problems = [
      ...(platform === undefined ? [] : [{ path: ["function"], message: platform }]),
      ...Object.entries(names).flatMap(([property, list]) =>
        list.flatMap((name) => nameProblem(name) ?? []).map((message) => ({ path: [property], message })),
      ),
      ...ownerProblems(owner, execute, ["execute"]),
    ];
    if (problems.length > 0) return problems;
    return {
      function: functionIdentity(routine),
      owner,
      execute: [...new Set(execute)].sort(),
      securityDefiner,
      ...(searchPath === undefined ? {} : { searchPath }),
    };
  },

  identify: (args) => args.function,
  adoptable,
  importId: (id, catalog) => routineIdOf(id, catalog.of(routines)),
  claims: ({ function: signature }) => [{ on: `function ${signature}`, description: `the function ${signature}` }],
  access: (args) => ({ kind: "executors", signature: args.function, declared: args }),
  roles: ({ owner, execute }) => ({ owner, recipients: execute }),
  answersFor: ({ function: signature }) => [{ kind: "function", id: signature }],
  reachAfter(reachable, { function: signature, owner, execute, securityDefiner }, becomes) {
    const known = reachable.functions.get(signature) ?? {
      ...splitSignature(signature),
      ...{ signature, owner, isSecurityDefiner: false, isExtension: false, returns: "unknown", source: "" },
    };
    const privileges = becomes === "removed" ? [] : execute.map((role) => privilegeOf(role, "execute"));
    const rights = becomes === "removed" ? {} : { owner, isSecurityDefiner: securityDefiner };
    return withFunction(reachable, { ...known, ...rights, privileges });
  },
  texts: () => [],
  probes: ({ function: signature, execute, securityDefiner, searchPath }) => [
    probeRoutine(["function"], signature),
    ...(securityDefiner ? [probeProperty(["securityDefiner"], signature)] : []),
    ...(searchPath === undefined ? [] : [probeProperty(["searchPath"], signature)]),
    ...execute.map((role) => probeRole(["execute"], role)),
  ],
  async inspect({ live, desired, operation, report }) {
    const home = splitSignature(desired.function);
    await refuseForeignOwner({ id: desired.function, live, desired, operation, report, home });
    await tellUnanswerableCalling(operation, desired.function, report);
    const { searchPath } = (await operation.snapshot()).of(routines).get(desired.function) ?? { searchPath: "" };
    if (!desired.securityDefiner || desired.searchPath !== undefined || searchPath !== undefined) return;
    report(
      `searchPath: ${desired.function} runs with its owner's rights and looks names up in its caller's search_path. Write searchPath: ["pg_catalog", "pg_temp"], with the schemas that its body names without a schema`,
      "warning",
    );
  },
  reads: [routines],
  scope: (id) => [select(routines, [splitSignature(id)])],
  find(catalog, id) {
    const row = catalog.of(routines).get(id);
    if (row === undefined) return undefined;
    const { owner, execute, securityDefiner, searchPath, executeWithGrantOption } = row;
    return {
      function: id,
      owner,
      execute,
      securityDefiner,
      ...(searchPath === undefined ? {} : { searchPath: readSearchPath(searchPath) }),
      ...(executeWithGrantOption.length > 0 ? { executeWithGrantOption } : {}),
    };
  },
  /** A search_path that is not declared is left to the function's definition. An import takes the live one. */
  relate({ searchPath, ...live }, declared) {
    const isTold = declared === undefined || declared.searchPath !== undefined;
    return { ...live, ...(isTold && searchPath !== undefined ? { searchPath } : {}) };
  },
  /** PostgreSQL lets everybody execute a new function. Anybody who decides about that revokes it first. */
  isUntouched: ({ execute }) => execute.includes("public"),

  plan(live, desired, server) {
    const target = `routine ${quoteSignature(desired.function)}`;
    const before = live ?? { owner: server.user, execute: ["public"], securityDefiner: false, searchPath: undefined };
    const isPathKept = desired.searchPath === undefined || isEqual(before.searchPath, desired.searchPath);
    return [
      // First, because only the owner may run the others.
      ...planOwner(target, before.owner, desired.owner),
      ...(isPathKept ? [] : [`alter ${target} set search_path = ${writeSearchPath(desired.searchPath ?? [])}`]),
      ...(before.securityDefiner === desired.securityDefiner
        ? []
        : [`alter ${target} security ${desired.securityDefiner ? "definer" : "invoker"}`]),
      ...planExecute(target, before, desired),
    ];
  },
  remove: (live) => planExecute(`routine ${quoteSignature(live.function)}`, live, { ...live, execute: [] }),

  contradictions: (effects, { id, inputs }) => accessContradictions(effects, id, inputs),
  narrow(live, reference) {
    if (live === undefined) return undefined;
    return { ...reference, execute: live.execute.filter((role) => reference.execute.includes(role)) };
  },
};
