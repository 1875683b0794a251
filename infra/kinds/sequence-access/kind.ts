import type { Effect } from "../../access/effects/effect.ts";
import { judgeGrants, judgeOwner } from "../../access/effects/judge-grants.ts";
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
  sequenceClass,
} from "../../desired/grants.ts";
import { InputError } from "../../errors/errors.ts";
import { relationIdOf } from "../../lifecycle/import-id.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { normaliseOwner, type Owned, ownerProblems, planOwner, refuseForeignOwner } from "../../lifecycle/owner.ts";
import { platformSchemaProblem } from "../../sql/platform-schemas.ts";
import { formatQualified, parseQualified, qualifiedNameProblem, quoteQualified } from "../../sql/quote.ts";
import { adoptable } from "./adopt.ts";
import { sequenceAccessArgs } from "./args.ts";
import { sequences } from "./catalog.ts";

export type SequenceAccess = Owned & {
  readonly sequence: string;
  readonly grants: Grants;
  /** Live only: the table whose column the sequence belongs to, and whose owner also owns the sequence. */
  readonly countsFor?: string;
};

const of = sequenceClass;

/** @see https://www.postgresql.org/docs/current/sql-createsequence.html */
export const sequenceAccess: Kind<SequenceAccess, typeof sequenceAccessArgs> = {
  name: "SequenceAccess",
  description: "Who may draw numbers from a sequence, read it and set it.",
  input: sequenceAccessArgs,
  replaceOn: ["sequence"],

  async normalise({ sequence, owner, grants }, { server }) {
    const unnamed = qualifiedNameProblem(sequence, "sequence");
    if (unnamed !== undefined) return [{ path: ["sequence"], message: unnamed }];
    const name = parseQualified(sequence);
    const args: SequenceAccess = {
      sequence: formatQualified(name),
      owner: normaliseOwner(owner, server),
      grants: normaliseGrants(grants, server, of),
    };
    const platform = platformSchemaProblem(name, "Declare sequences of your own schemas");
    const problems = [
      ...(platform === undefined ? [] : [{ path: ["sequence"], message: platform }]),
      ...grantProblems(args.grants, server, of),
      ...ownerProblems(args.owner, Object.keys(args.grants), ["grants", args.owner]),
    ];
    return problems.length > 0 ? problems : args;
  },

  identify: (args) => args.sequence,
  adoptable,
  importId: (id, catalog) => relationIdOf(id, catalog.of(sequences).values(), "sequence", catalog),
  claims: ({ sequence }) => [{ on: `sequence ${sequence}`, description: `the access to the sequence ${sequence}` }],
  roles: ({ owner, grants }) => ({ owner, recipients: Object.keys(grants) }),
  answersFor: ({ sequence }) => [{ kind: "sequence", id: sequence }],
  reachAfter: (reachable, { sequence, owner, grants }, becomes) =>
    withRelation(reachable, parseQualified(sequence), (found) => ({
      kind: "S",
      owner: becomes === "removed" || found.ownedBy !== undefined ? found.owner : owner,
      privileges: becomes === "removed" ? [] : privilegesOf(grants),
    })),
  texts: () => [],
  probes(args) {
    const sequence = parseQualified(args.sequence);
    const advice = "TableAccess declares who may do what with a table, ViewAccess with a view";
    return [
      probeRelation(["sequence"], sequence, "S", { word: "sequence", advice }),
      ...grantProbes(sequence, args.grants),
    ];
  },
  async inspect({ live, desired, operation, report }) {
    const home = parseQualified(desired.sequence);
    await refuseForeignOwner({ id: desired.sequence, live, desired, operation, report, home });
    await refuseOwnerOfItsOwn(desired, operation);
  },
  reads: [sequences],
  scope: (id) => [select(sequences, [parseQualified(id)])],
  find(catalog, id) {
    const row = catalog.of(sequences).get(id);
    if (row === undefined) return undefined;
    const { owner, countsFor } = row;
    const sequence = { sequence: id, owner, grants: grantsOf(row) };
    return countsFor === undefined ? sequence : { ...sequence, countsFor: formatQualified(countsFor) };
  },
  /** The owner of a column's sequence is the table's, and never a difference here. */
  relate({ countsFor, ...live }, declared) {
    return countsFor === undefined || declared === undefined ? live : { ...live, owner: declared.owner };
  },
  /** Its grants came from default privileges, unless a role has a grant option. */
  isUntouched: ({ grants }) =>
    Object.values(grants).every((privileges) => Object.keys(privileges).every((name) => !name.includes(" "))),

  passedOn(catalog, id, desired) {
    const row = catalog.of(sequences).get(id);
    return row === undefined ? [] : planPassedOnGrants(row, desired?.grants ?? {}, of);
  },

  plan(live, desired) {
    const name = parseQualified(desired.sequence);
    const before = live ?? { owner: desired.owner, grants: {} };
    const isTables = live?.countsFor !== undefined;
    return [
      ...(isTables ? [] : planOwner(`sequence ${quoteQualified(name)}`, before.owner, desired.owner)),
      ...planGrants(name, before.grants, desired.grants, { owner: desired.owner, of }),
    ];
  },
  remove: (live) => planGrants(parseQualified(live.sequence), live.grants, {}, { of }),

  contradictions(effects, { id, inputs: { owner, grants } }) {
    const own = effects.filter((effect) => isAbout(effect, id));
    const object = `the sequence ${id}`;
    return [...judgeGrants(own, object, owner, grants), ...judgeOwner(own, object, owner)];
  },
  narrow: (live, reference) =>
    live === undefined ? undefined : { ...reference, grants: commonGrants(live.grants, reference.grants) },
};

/** GRANT and ALTER also accept a sequence where they expect a table. */
function isAbout({ target }: Effect, id: string): boolean {
  if (target.kind === "sequences in schema") return target.id === parseQualified(id).schema;
  return (target.kind === "sequence" || target.kind === "table") && target.id === id;
}

/**
 * Checks that a column's sequence is declared with the owner of its table: PostgreSQL keeps the two the same.
 * @throws {InputError} if the sequence belongs to a column and its table will have another owner once everything is
 * deployed
 */
async function refuseOwnerOfItsOwn({ sequence, owner }: SequenceAccess, operation: Operation): Promise<void> {
  const catalog = await operation.snapshot();
  const countsFor = catalog.of(sequences).get(sequence)?.countsFor;
  if (countsFor === undefined) return;
  const table = formatQualified(countsFor);
  const found = operation.declarations.access.tables.get(table) ?? catalog.tables.get(table);
  if (found === undefined || found.owner === owner) return;
  throw new InputError({
    path: ["owner"],
    message: `${sequence} counts a column of ${table}, and its owner is always that table's, ${found.owner}: write owner: ${JSON.stringify(found.owner)}`,
  });
}
