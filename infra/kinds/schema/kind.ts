import { judgeGrants, judgeOwner } from "../../access/effects/judge-grants.ts";
import { judgeSchema } from "../../access/effects/judge-schema.ts";
import { schemaOf, withSchema } from "../../access/reach/overlay.ts";
import { select } from "../../catalog/part.ts";
import { probeRole } from "../../catalog/probes/role.ts";
import { schemas } from "../../catalog/schemas.ts";
import type { Session } from "../../database/database.ts";
import { grantOption } from "../../desired/grants.ts";
import { type ListedGrants, normaliseListedGrants, readPrivileges, toGrants } from "../../desired/listed-grants.ts";
import { planPassedOn } from "../../desired/passed-on.ts";
import { tellUnanswerableInside } from "../../inspection/rights.ts";
import { nameIdOf } from "../../lifecycle/import-id.ts";
import type { Kind, Retention } from "../../lifecycle/kind.ts";
import type { ManagedObject } from "../../lifecycle/managed-objects.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { normaliseOwner, type Owned, ownerProblems, planOwner, refuseForeignOwner } from "../../lifecycle/owner.ts";
import { isMadeByPlatform, platformSchemaProblem } from "../../sql/platform-schemas.ts";
import { nameProblem, quoteIdentifier, quoteRole } from "../../sql/quote.ts";
import { adoptable } from "./adopt.ts";
import { schemaArgs } from "./args.ts";
import { listMembers, readMembers } from "./contents.ts";

export type Schema = Owned & {
  readonly name: string;
  readonly grants: ListedGrants;
};

/** @see https://www.postgresql.org/docs/current/ddl-schemas.html */
export const schema: Kind<Schema, typeof schemaArgs> = {
  name: "Schema",
  description: "A schema with who may use it.",
  input: schemaArgs,
  replaceOn: ["name"],
  isNamedAfterResource: true,

  async normalise({ name, owner, grants }, { server }) {
    const platform = platformSchemaProblem({ schema: name, name }, "Declare a schema of your own");
    const problem =
      nameProblem(name) ??
      (name.startsWith("pg_") ? "PostgreSQL keeps names that begin with pg_ for itself" : platform);
    if (problem !== undefined) return [{ path: ["name"], message: problem }];
    const args: Schema = {
      name,
      owner: owner ?? (name === "public" ? "pg_database_owner" : normaliseOwner(undefined, server)),
      grants: normaliseListedGrants(grants),
    };
    const problems = [
      ...Object.keys(args.grants).flatMap((role) => {
        const wrong = nameProblem(role);
        return wrong === undefined ? [] : [{ path: ["grants", role], message: wrong }];
      }),
      ...(args.grants.public ?? [])
        .filter((privilege) => privilege.endsWith(grantOption))
        .map(() => ({
          path: ["grants", "public"],
          message: "everybody can't hand a privilege on; name the roles that may",
        })),
      ...ownerProblems(args.owner, Object.keys(args.grants), ["grants", args.owner]),
    ];
    return problems.length > 0 ? problems : args;
  },

  identify: (args) => args.name,
  adoptable,
  importId: (id, catalog) => nameIdOf(id, catalog.schemas.keys(), "the schema"),
  answersFor: ({ name }) => [{ kind: "schema", id: name }],
  claims: ({ name }) => [{ on: `schema ${name}`, description: `the schema ${name}` }],
  access: (args) => ({ kind: "schema", name: args.name, declared: args }),
  roles: ({ owner, grants }) => ({ owner, recipients: Object.keys(grants) }),
  reachAfter: (reachable, { name, owner, grants }, becomes) =>
    withSchema(reachable, schemaOf(name, owner, becomes === "removed" ? {} : grants)),
  texts: () => [],
  probes: ({ grants }) => Object.keys(grants).map((role) => probeRole(["grants", role], role)),
  async inspect({ live, desired, operation, report }) {
    await refuseForeignOwner({ id: `the schema ${desired.name}`, live, desired, operation, report, home: "creator" });
    await tellUnanswerableInside(operation, desired.name, report);
  },
  makes: ({ name }) => ({ schema: name }),
  assumptions: ({ name }) => [`create schema if not exists ${quoteIdentifier(name)}`],
  contradictions(effects, { id, inputs: { owner, grants } }) {
    const own = effects.filter(({ target }) => target.kind === "schema" && target.id === id);
    return [
      ...judgeSchema(effects, id),
      ...judgeGrants(own, `the schema ${id}`, owner, toGrants(grants)),
      ...judgeOwner(own, `the schema ${id}`, owner),
    ];
  },
  reads: [schemas],
  scope: (id) => [select(schemas, [id])],
  find(catalog, id) {
    const row = catalog.schemas.get(id);
    return row === undefined
      ? undefined
      : { name: row.name, owner: row.owner, grants: normaliseListedGrants(row.grants) };
  },

  passedOn(catalog, id, desired) {
    const { passedOn = [] } = catalog.schemas.get(id) ?? {};
    const undeclared = passedOn.filter(({ role, privilege, grantable }) => {
      const wanted = readPrivileges(desired?.grants, role).get(privilege);
      return wanted === undefined || (grantable && !wanted);
    });
    return planPassedOn(undeclared, passedOn, (grantor, { privilege }) => [
      `revoke grant option for ${privilege} on schema ${quoteIdentifier(id)} from ${quoteRole(grantor)} cascade`,
    ]);
  },

  plan(live, desired, server) {
    const name = quoteIdentifier(desired.name);
    const before = live ?? { owner: server.user, grants: {} as Schema["grants"] };
    const roles = new Set([...Object.keys(before.grants), ...Object.keys(desired.grants)]);
    roles.delete(desired.owner);
    const grants = [...roles].flatMap((role) => {
      const from = readPrivileges(before.grants, role);
      const to = readPrivileges(desired.grants, role);
      return [...new Set([...from.keys(), ...to.keys()])].flatMap((privilege) =>
        planPrivilege(`${privilege} on schema ${name}`, role, from.get(privilege), to.get(privilege)),
      );
    });
    return [
      ...(live === undefined ? [`create schema ${name}`] : []),
      ...planOwner(`schema ${name}`, before.owner, desired.owner),
      ...grants,
    ];
  },
  /**
   * Objects in the schema that the stack declares may be removed along with it. They are checked when their turn comes.
   */
  async obstacles({ name }, { session, operation }) {
    const leaving = new Set(
      operation.managed.all().flatMap((object) => (isLeaving(object, operation) ? [object.id] : [])),
    );
    const staying = (await readMembers(name, session)).filter((member) => !leaving.has(member.name));
    return staying.length === 0
      ? []
      : [
          `it holds ${listMembers(staying)}. Move what it holds first (alter … set schema …), or declare the new schema by another resource beside it`,
        ];
  },

  /** If the schema is not the stack's alone, only the declared grants are revoked. The deploying role keeps its own. */
  async retain({ name, grants }, { session, server, existedBefore }) {
    const reason = await reasonToStay(name, existedBefore, session);
    if (reason === undefined) return undefined;
    const statements = Object.keys(grants).flatMap((role) =>
      role === server.user
        ? []
        : [...readPrivileges(grants, role)].flatMap(([privilege, isGrantable]) =>
            planPrivilege(`${privilege} on schema ${quoteIdentifier(name)}`, role, isGrantable, undefined),
          ),
    );
    return { ...reason, statements };
  },
  remove: (live) => [`drop schema ${quoteIdentifier(live.name)}`],
};

/** Whether the stack made the object, and no resource of the program owns it any more. */
function isLeaving({ kind: name, state }: ManagedObject, operation: Operation): boolean {
  const kind = operation.kindNamed(name);
  if (kind?.makes === undefined || state === undefined) return false;
  return operation.declarations.claims.find(kind.claims(state.inputs)) === undefined;
}

/** Why the stack may not drop the schema. If the stack created it, only the objects that others put into it count. */
async function reasonToStay(
  name: string,
  existedBefore: boolean,
  session: Session,
): Promise<Pick<Retention, "severity" | "reason"> | undefined> {
  const revoked = "Its declared grants are revoked";
  if (name === "public" || isMadeByPlatform(name)) {
    const owner = name === "public" ? "PostgreSQL" : "the platform";
    return { severity: "info", reason: `${owner} makes this schema, and the stack never drops it. ${revoked}` };
  }
  if (existedBefore) return { severity: "info", reason: `it was there before the stack. ${revoked}` };
  const members = await readMembers(name, session);
  if (members.length === 0) return undefined;
  const advice = `Drop it yourself when nobody needs that any more: drop schema ${quoteIdentifier(name)}`;
  return { severity: "warning", reason: `it still holds ${listMembers(members)}. ${revoked}. ${advice}` };
}

/** A role with the grant option may have granted the privilege to others, so those grants are revoked too. */
function planPrivilege(
  privilege: string,
  role: string,
  before: boolean | undefined,
  after: boolean | undefined,
): string[] {
  if (before === after) return [];
  if (after === undefined) return [`revoke ${privilege} from ${quoteRole(role)}${before ? " cascade" : ""}`];
  return before
    ? [`revoke grant option for ${privilege} from ${quoteRole(role)} cascade`]
    : [`grant ${privilege} to ${quoteRole(role)}${after ? grantOption : ""}`];
}
