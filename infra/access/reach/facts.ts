import { isMadeByPlatform, realtimePublication } from "../../sql/platform-schemas.ts";
import { isUsualDefault, requestRoles } from "./baseline.ts";
import { extentOf } from "./extent.ts";
import { askedBy, type ReachCommand, type ReachFact } from "./fact.ts";
import { defaultOf } from "./find-rest.ts";
import type { ReachedObject } from "./finding.ts";
import { kindOf, type Reachable, type ReachableFunction, type ReachableSchema } from "./reachable.ts";
import { grantFacts, ownFacts, relationFacts, wayOf } from "./relation-facts.ts";
import { Rights } from "./rights.ts";

export interface FactsOptions {
  /** Default: the roles that a request can act as. */
  readonly roles?: readonly string[];
  /**
   * Whether to include objects of extensions and of the platform. Default: no; tables with policies are always
   * included.
   */
  readonly all?: boolean;
  /**
   * Selects objects. Files belong to the table storage.objects, and a table's changes to their publication. Default:
   * all.
   */
  readonly isWanted?: (object: ReachedObject) => boolean;
}

/**
 * Who reaches what, object by object, for every role that a request can act as. Objects that nobody reaches are left
 * out. Await `loadParser` first.
 */
export function reachFacts(
  reachable: Reachable,
  { roles = requestRoles(reachable), all = false, isWanted = () => true }: FactsOptions = {},
): readonly ReachFact[] {
  const isTold = (object: { readonly schema: string; readonly isExtension: boolean }) =>
    all || !(object.isExtension || isMadeByPlatform(object.schema));
  const relations = [...reachable.relations].filter(
    ([id, relation]) => (isTold(relation) || relation.policies.length > 0) && isWanted({ kind: kindOf(relation), id }),
  );
  const functions = [...reachable.functions].filter(
    ([id, called]) => isTold(called) && isWanted({ kind: "function", id }),
  );
  const schemas = [...reachable.schemas.values()].filter(
    ({ name }) => (all || !isMadeByPlatform(name)) && isWanted({ kind: "schema", id: name }),
  );
  return roles.flatMap((role) => {
    const rights = new Rights(role, reachable);
    return [
      ...(isWanted({ kind: "role", id: role }) ? roleFacts(role, reachable) : []),
      ...schemas.flatMap((schema) => schemaFacts(schema, rights)),
      ...relations.flatMap(([, relation]) => relationFacts(relation, rights, reachable)),
      ...functions.flatMap(([, called]) => functionFacts(called, rights)),
      ...(reachable.buckets ?? []).flatMap(({ id, public: isPublic }): ReachFact[] =>
        isPublic && isWanted({ kind: "bucket", id })
          ? [{ role, object: { kind: "bucket", id }, command: "download", way: "public bucket" }]
          : [],
      ),
      ...defaultFacts(role, reachable).filter(({ object }) => isWanted(object)),
      ...(isWanted({ kind: "publication", id: realtimePublication }) ? subscriptionFacts(rights, reachable) : []),
    ];
  });
}

function roleFacts(role: string, { roles }: Reachable): readonly ReachFact[] {
  const found = roles.get(role);
  const memberships = (found?.memberships ?? [])
    .filter(({ sets }) => sets)
    .map(
      ({ role: held }): ReachFact => ({
        role,
        object: { kind: "role", id: held },
        command: "become",
        way: "membership",
      }),
    );
  if (!found?.bypassesRowSecurity) return memberships;
  return [{ role, object: { kind: "role", id: role }, command: "bypass", way: "attribute" }, ...memberships];
}

function schemaFacts(schema: ReachableSchema, rights: Rights): readonly ReachFact[] {
  const base = { role: rights.role, object: { kind: "schema", id: schema.name } } as const;
  const held = (["usage", "create"] as const).filter((command) => rights.holds(schema, command) !== undefined);
  return [
    ...held.map((command) => ({ ...base, command, way: wayOf(schema.owner, rights) })),
    ...ownFacts(base, schema.owner, rights),
    ...grantFacts(base, schema, rights),
  ];
}

function functionFacts(called: ReachableFunction, rights: Rights): readonly ReachFact[] {
  const { schema, signature, owner, returns, isSecurityDefiner } = called;
  if (!rights.enters(schema)) return [];
  const base = { role: rights.role, object: { kind: "function", id: signature } } as const;
  const beside = [...ownFacts(base, owner, rights), ...grantFacts(base, called, rights)];
  const isTrigger = returns === "trigger" || returns === "event_trigger";
  if (isTrigger || rights.holds(called, "execute") === undefined) return beside;
  const as = isSecurityDefiner ? owner : rights.role;
  return [{ ...base, command: "execute", way: wayOf(owner, rights), as }, ...beside];
}

function defaultFacts(role: string, { defaultPrivileges }: Reachable): readonly ReachFact[] {
  return defaultPrivileges.flatMap((entry) =>
    entry.privileges
      .filter((held) => held.role === role && !isUsualDefault(entry, held.privilege))
      .map(
        ({ privilege }): ReachFact => ({
          ...{ role, object: defaultOf(entry) },
          ...{ command: privilege as ReachCommand, way: "default privileges" },
        }),
      ),
  );
}

/**
 * Realtime sends a change to every subscriber who may select the row. It ignores a publication's column lists and row
 * filters.
 * @see https://supabase.com/docs/guides/realtime/postgres-changes
 */
function subscriptionFacts(rights: Rights, { publications, relations }: Reachable): readonly ReachFact[] {
  const publication = publications.find(({ name }) => name === realtimePublication);
  if (publication === undefined) return [];
  const { allTables, schemas, tables } = publication;
  return [...relations].flatMap(([id, relation]): ReachFact[] => {
    if (relation.kind !== "r" && relation.kind !== "p") return [];
    const isListed = tables.includes(id) || schemas.includes(relation.schema);
    if (!isListed && (!allTables || isMadeByPlatform(relation.schema))) return [];
    const extent = extentOf(relation, "select", rights);
    if (extent.rows === "none") return [];
    const columns = extent.columns === true ? {} : { columns: extent.columns };
    const asked = extent.rows === "some" ? askedBy(extent.policies) : {};
    const object = { kind: kindOf(relation), id } as const;
    return [
      { role: rights.role, object, command: "subscribe", rows: extent.rows, ...asked, ...columns, way: "publication" },
    ];
  });
}
