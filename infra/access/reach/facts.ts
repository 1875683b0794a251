import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import { formatQualified } from "../../sql/quote.ts";
import { requestRoles } from "./baseline.ts";
import { type Extent, extentOf, type Passage, passagesThrough, rowCommands, tableCommands } from "./extent.ts";
import type { ReachedObject } from "./finding.ts";
import { kindOf, type Reachable, type Relation } from "./reachable.ts";
import { Rights } from "./rights.ts";

/** What one role may do with one object by one command. The field names are part of what `--json` prints. */
export interface ReachFact {
  readonly role: string;
  readonly object: ReachedObject;
  /** One of `reachCommands`. */
  readonly command: string;
  /** Of a table or view: `every` row, or `some`, those that `policies` let through. */
  readonly rows?: "every" | "some";
  /** The policies that are asked, by name. */
  readonly policies?: readonly string[];
  /** Absent: all of them. */
  readonly columns?: readonly string[];
  /** How the role comes by it: `privilege`, `ownership`, `bypass`, `superuser`, `membership`, `public bucket`. */
  readonly way: string;
  /** Of a view or a function: with whose rights it runs. */
  readonly as?: string;
  /** Of a view: the tables whose rows it shows. */
  readonly through?: readonly { readonly table: string; readonly rows: "every" | "some" }[];
}

export const reachCommands: readonly string[] = [
  ...rowCommands,
  ...tableCommands,
  ...["execute", "create", "usage", "download", "become"],
];

export interface FactsOptions {
  /** Default: those that a request can act as. */
  readonly roles?: readonly string[];
  /** Whether objects of extensions and of the platform are listed as well. Default: no; tables with policies always are. */
  readonly all?: boolean;
}

/** Who reaches what, object by object, for every role that a request can act as. Only what nobody reaches is left out. */
export function reachFacts(
  reachable: Reachable,
  { roles = requestRoles(reachable), all = false }: FactsOptions = {},
): readonly ReachFact[] {
  const isTold = (object: { readonly schema: string; readonly isExtension: boolean }) =>
    all || !(object.isExtension || isMadeByPlatform(object.schema));
  const relations = [...reachable.relations.values()].filter(
    (relation) => isTold(relation) || relation.policies.length > 0,
  );
  const functions = [...reachable.functions.values()].filter(isTold);
  const schemas = [...reachable.schemas.values()].filter(({ name }) => all || !isMadeByPlatform(name));
  return roles.flatMap((role) => {
    const rights = new Rights(role, reachable);
    return [
      ...membershipFacts(role, reachable),
      ...schemas.flatMap((schema): ReachFact[] =>
        (["usage", "create"] as const).flatMap((command) =>
          rights.holds(schema, command) === undefined
            ? []
            : [{ role, object: { kind: "schema", id: schema.name }, command, way: wayOf(schema.owner, rights) }],
        ),
      ),
      ...relations.flatMap((relation) => relationFacts(relation, rights, reachable)),
      ...functions.flatMap((called): ReachFact[] => {
        if (called.returns === "trigger" || called.returns === "event_trigger" || !rights.enters(called.schema))
          return [];
        if (rights.holds(called, "execute") === undefined) return [];
        const as = called.isSecurityDefiner ? called.owner : role;
        const object = { kind: "function", id: called.signature } as const;
        return [{ role, object, command: "execute", way: wayOf(called.owner, rights), as }];
      }),
      ...(reachable.buckets ?? []).flatMap(({ id, public: isPublic }): ReachFact[] =>
        isPublic ? [{ role, object: { kind: "bucket", id }, command: "download", way: "public bucket" }] : [],
      ),
    ];
  });
}

function membershipFacts(role: string, { roles }: Reachable): readonly ReachFact[] {
  return (roles.get(role)?.memberships ?? [])
    .filter(({ sets }) => sets)
    .map(({ role: held }) => ({ role, object: { kind: "role", id: held }, command: "become", way: "membership" }));
}

function relationFacts(relation: Relation, rights: Rights, reachable: Reachable): readonly ReachFact[] {
  if (!rights.enters(relation.schema)) return [];
  const object: ReachedObject = { kind: kindOf(relation), id: formatQualified(relation) };
  const way = wayOf(relation.owner, rights);
  const base = { role: rights.role, object };
  if (relation.kind === "S") {
    const held = (["usage", "select", "update"] as const).filter((name) => rights.holds(relation, name) !== undefined);
    return held.map((command) => ({ ...base, command, way }));
  }
  const passages =
    relation.kind === "v" || relation.kind === "m" ? passagesThrough(relation, rights.role, reachable) : [];
  const onRows = rowCommands.flatMap((command): ReachFact[] => {
    const extent = extentOf(relation, command, rights);
    if (extent.rows === "none") return [];
    const columns = extent.columns === true ? {} : { columns: extent.columns };
    const policies = extent.rows === "some" ? { policies: extent.policies } : {};
    const through = passages.length === 0 ? {} : { as: asOf(relation, rights), through: passages.flatMap(passageOf) };
    return [
      { ...base, command, rows: extent.rows, ...policies, ...columns, way: wayOfExtent(extent) ?? way, ...through },
    ];
  });
  const beyond = tableCommands.filter((command) => rights.holds(relation, command) !== undefined);
  return [...onRows, ...beyond.map((command) => ({ ...base, command, way }))];
}

function passageOf({ table, extent }: Passage): readonly { readonly table: string; readonly rows: "every" | "some" }[] {
  return extent.rows === "none" ? [] : [{ table, rows: extent.rows }];
}

function asOf({ isInvoker, kind, owner }: Relation, { role }: Rights): string {
  return isInvoker && kind === "v" ? role : owner;
}

function wayOf(owner: string, rights: Rights): string {
  if (rights.isSuperuser) return "superuser";
  return rights.owns(owner) ? "ownership" : "privilege";
}

function wayOfExtent(extent: Extent): string | undefined {
  return extent.rows === "every" && extent.because.is === "bypass" ? "bypass" : undefined;
}
