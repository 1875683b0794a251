import { privilegesOf, withRelation } from "../../access/reach/overlay.ts";
import { select } from "../../catalog/part.ts";
import { probeRelation } from "../../catalog/probes/relation.ts";
import {
  commonGrants,
  type Grants,
  grantProbes,
  grantProblems,
  grantsOf,
  normaliseGrants,
  planGrants,
  planPassedOnGrants,
} from "../../desired/grants.ts";
import type { Problem } from "../../errors/errors.ts";
import { tellUnanswerableReading } from "../../inspection/rights.ts";
import { relationIdOf } from "../../lifecycle/import-id.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import { normaliseOwner, type Owned, ownerProblems, planOwner, refuseForeignOwner } from "../../lifecycle/owner.ts";
import { platformSchemaProblem } from "../../sql/platform-schemas.ts";
import { formatQualified, parseQualified, qualifiedNameProblem, quoteQualified } from "../../sql/quote.ts";
import { adoptable } from "./adopt.ts";
import { viewAccessArgs } from "./args.ts";
import { type ViewRow, views } from "./catalog.ts";
import { viewContradictions } from "./contradictions.ts";
import { probeOption } from "./probe.ts";

export type ViewAccess = Owned & {
  readonly view: string;
  readonly securityInvoker: boolean;
  readonly securityBarrier: boolean;
  readonly grants: Grants;
};

/** @see https://www.postgresql.org/docs/current/sql-createview.html */
export const viewAccess: Kind<ViewAccess, typeof viewAccessArgs> = {
  name: "ViewAccess",
  description: "Who may do what with a view, materialised view or foreign table, and with whose rights a view reads.",
  input: viewAccessArgs,
  replaceOn: ["view"],

  async normalise({ view, owner, grants, ...options }, { server }) {
    const unnamed = qualifiedNameProblem(view, "view");
    if (unnamed !== undefined) return [{ path: ["view"], message: unnamed }];
    const name = parseQualified(view);
    const args: ViewAccess = {
      view: formatQualified(name),
      owner: normaliseOwner(owner, server),
      ...options,
      grants: normaliseGrants(grants, server),
    };
    const platform = platformSchemaProblem(name, "Declare views of your own schemas");
    const problems: Problem[] = [
      ...(platform === undefined ? [] : [{ path: ["view"], message: platform }]),
      ...grantProblems(args.grants, server),
      ...ownerProblems(args.owner, Object.keys(args.grants), ["grants", args.owner]),
    ];
    return problems.length > 0 ? problems : args;
  },

  identify: (args) => args.view,
  adoptable,
  importId: (id, catalog) => relationIdOf(id, catalog.of(views).values(), "view", catalog),
  claims: ({ view }) => [{ on: `view ${view}`, description: `the grants and options of ${view}` }],
  access: (args) => ({ kind: "view", name: args.view, declared: args }),
  roles: ({ owner, grants }) => ({ owner, recipients: Object.keys(grants) }),
  answersFor: ({ view }) =>
    (["view", "materialised view", "foreign table"] as const).map((kind) => ({ kind, id: view })),
  reachAfter(reachable, { view, owner, securityInvoker, grants }, becomes) {
    // For a view that a migration has yet to create, it is not known which tables' rows it shows to a caller.
    if (securityInvoker && !reachable.relations.has(view)) return reachable;
    return withRelation(reachable, parseQualified(view), ({ kind: found }) => {
      const kind = found === "m" || found === "f" ? found : "v";
      if (becomes === "removed") return { kind, privileges: [] };
      return { kind, owner, isInvoker: securityInvoker && kind === "v", privileges: privilegesOf(grants) };
    });
  },
  texts: () => [],
  probes(args) {
    const view = parseQualified(args.view);
    const advice = "TableAccess declares who may do what with a table, SequenceAccess with a sequence";
    return [
      probeRelation(["view"], view, "vmf", { word: "view", advice }),
      ...(["securityInvoker", "securityBarrier"] as const).flatMap((name) =>
        args[name] ? [probeOption([name], view)] : [],
      ),
      ...grantProbes(view, args.grants),
    ];
  },
  async inspect({ live, desired, operation, report }) {
    const home = parseQualified(desired.view);
    await refuseForeignOwner({ id: desired.view, live, desired, operation, report, home });
    await tellUnanswerableReading(operation, desired.view, report);
  },
  reads: [views],
  scope: (id) => [select(views, [parseQualified(id)])],
  find(catalog, id) {
    const row = catalog.of(views).get(id);
    return row && accessOf(row);
  },
  /** A view with default options: its grants came from default privileges. */
  isUntouched: ({ securityInvoker, securityBarrier }) => !securityInvoker && !securityBarrier,

  passedOn(catalog, id, desired) {
    const row = catalog.of(views).get(id);
    return row === undefined ? [] : planPassedOnGrants(row, desired?.grants ?? {});
  },

  plan(live, desired) {
    const view = parseQualified(desired.view);
    const target = quoteQualified(view);
    const before = live ?? untouched(desired.view, desired.owner);
    const option = (name: string, was: boolean, wanted: boolean) => (was === wanted ? [] : [`${name} = ${wanted}`]);
    const options = [
      ...option("security_invoker", before.securityInvoker, desired.securityInvoker),
      ...option("security_barrier", before.securityBarrier, desired.securityBarrier),
    ];
    return [
      // ALTER TABLE works for each class of view. First, because only the owner may run the others.
      ...planOwner(`table ${target}`, before.owner, desired.owner),
      ...(options.length === 0 ? [] : [`alter view ${target} set (${options.join(", ")})`]),
      ...planGrants(view, before.grants, desired.grants, { owner: desired.owner }),
    ];
  },
  /** The options stay: removing a declaration must not open the view. */
  remove: (live) => planGrants(parseQualified(live.view), live.grants, {}),

  contradictions: (effects, { id, inputs }) => viewContradictions(effects, id, inputs),
  narrow: (live, reference) =>
    live === undefined ? undefined : { ...reference, grants: commonGrants(live.grants, reference.grants) },
};

/** A view as CREATE VIEW leaves it. */
function untouched(view: string, owner: string): ViewAccess {
  return { view, owner, securityInvoker: false, securityBarrier: false, grants: {} };
}

function accessOf(row: ViewRow): ViewAccess {
  const { owner, securityInvoker, securityBarrier } = row;
  return { view: formatQualified(row), owner, securityInvoker, securityBarrier, grants: grantsOf(row) };
}
