import { relationOf } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";
import type { CreatedRelation, Effect } from "./effect.ts";
import { roleOf, rolesOf, stringsIn } from "./statement-parts.ts";

type Created = Omit<Extract<Effect, { does: "creates" }>, "migration">;

/** The relations that a statement creates. */
export const creationReaders: Readonly<Record<string, (body: Node, user: string) => readonly Created[]>> = {
  CreateStmt: (body) => table(body, "r"),
  CreateForeignTableStmt: ({ base }) => table(base as Node, "f"),
  CreateSeqStmt: ({ sequence }) => created(sequence, { kind: "S" }),
  ViewStmt: ({ view, query, options }) =>
    created(view, { kind: "v", reads: readsOf(query), isUpdatable: isUpdatable(query), isInvoker: isInvoker(options) }),
  CreateTableAsStmt: ({ into, query, objtype }) => {
    const { rel } = (into ?? {}) as Node;
    return objtype === "OBJECT_MATVIEW"
      ? created(rel, { kind: "m", reads: readsOf(query) })
      : created(rel, { kind: "r" });
  },
};

/** A rule reads and writes with the rights of its table's owner. */
export function ruleEffects({
  relation,
  actions,
}: Node): readonly Omit<Extract<Effect, { does: "creates the rule" }>, "migration">[] {
  const target = { kind: "table", id: formatQualified(relationOf(relation)) } as const;
  const reads = readsOf(actions).filter(({ name }) => name !== "new" && name !== "old");
  return [{ does: "creates the rule", target, reads }];
}

function table({ relation, tableElts, partspec }: Node, kind: "r" | "f"): readonly Created[] {
  const columns = ((tableElts ?? []) as Node[]).flatMap(({ ColumnDef }) =>
    ColumnDef === undefined ? [] : [String((ColumnDef as Node).colname)],
  );
  return created(relation, { kind: partspec === undefined ? kind : "p", columns });
}

function created(
  relation: unknown,
  made: Partial<CreatedRelation> & Pick<CreatedRelation, "kind">,
): readonly Created[] {
  // A temporary relation is visible to its own session only.
  if ((relation as Node | undefined)?.relpersistence === "t") return [];
  const name = relationOf(relation);
  const rest = { columns: [], reads: [], isInvoker: false, isUpdatable: false, ...made };
  return [{ does: "creates", target: { kind: "table", id: formatQualified(name) }, relation: { ...name, ...rest } }];
}

/** Every relation that a query names, except its own CTEs. */
function readsOf(query: unknown): readonly QualifiedName[] {
  const own = new Set<string>();
  const found = new Map<string, QualifiedName>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) visit(each);
    if (typeof node !== "object" || node === null || Array.isArray(node)) return;
    const { CommonTableExpr, RangeVar, relation } = node as Node;
    if (CommonTableExpr !== undefined) own.add(String((CommonTableExpr as Node).ctename));
    if (RangeVar !== undefined) {
      const name = relationOf(RangeVar);
      if ((RangeVar as Node).schemaname !== undefined || !own.has(name.name)) found.set(formatQualified(name), name);
    }
    // In INSERT, UPDATE and DELETE, the target relation is a node without a type.
    if ((relation as Node | undefined)?.relname !== undefined) {
      const name = relationOf(relation);
      found.set(formatQualified(name), name);
    }
    for (const inner of Object.values(node)) visit(inner);
  };
  visit(query);
  return [...found.values()];
}

/** Whether the query selects the rows of one relation unchanged. */
function isUpdatable(query: unknown): boolean {
  const select = ((query ?? {}) as Node).SelectStmt as Node | undefined;
  const [from, ...others] = (select?.fromClause ?? []) as Node[];
  const clauses = ["withClause", "distinctClause", "groupClause", "havingClause", "limitCount", "limitOffset", "larg"];
  return from?.RangeVar !== undefined && others.length === 0 && clauses.every((name) => select?.[name] === undefined);
}

/** @see https://www.postgresql.org/docs/current/sql-createview.html */
export function isInvoker(options: unknown): boolean {
  return ((options ?? []) as Node[]).some(({ DefElem }) => {
    const { defname, arg } = DefElem as Node;
    return defname === "security_invoker" && (arg === undefined || isOn(arg));
  });
}

function isOn(arg: unknown): boolean {
  const { String: text, Boolean: flag, Integer: number } = arg as Readonly<Record<string, Node | undefined>>;
  if (flag !== undefined) return flag.boolval === true;
  if (number !== undefined) return number.ival === 1;
  return ["true", "on", "yes", "1"].includes(String(text?.sval ?? "").toLowerCase());
}

/** The effects of ALTER DEFAULT PRIVILEGES, for each owner and each schema. */
export function defaultEffects(
  { options, action }: Node,
  user: string,
): readonly Omit<Extract<Effect, { does: "grants by default" | "revokes by default" }>, "migration">[] {
  const given = new Map(
    ((options ?? []) as Node[]).map(
      ({ DefElem }) => [String((DefElem as Node).defname), (DefElem as Node).arg] as const,
    ),
  );
  const items = (name: string) => ((given.get(name) as Node | undefined)?.List as Node | undefined)?.items;
  const owners = items("roles") === undefined ? [user] : rolesOf(items("roles"), user);
  const schemas: readonly (string | undefined)[] =
    items("schemas") === undefined ? [undefined] : stringsIn(items("schemas"));
  const { is_grant: isGrant, objtype, privileges, grantees } = action as Node;
  const objects = objectsOfDefaults[String(objtype)];
  if (objects === undefined) return [];
  const names = (privileges as Node[] | undefined)?.map(({ AccessPriv }) =>
    String((AccessPriv as Node).priv_name ?? "all"),
  );
  const roles = ((grantees ?? []) as Node[]).map(({ RoleSpec }) => roleOf(RoleSpec, user));
  return owners.flatMap((owner) =>
    schemas.map((schema) => ({
      does: isGrant === true ? ("grants by default" as const) : ("revokes by default" as const),
      target: { kind: "default privileges" as const, owner, schema, objects },
      privileges: names,
      roles,
    })),
  );
}

const objectsOfDefaults: Readonly<Record<string, "tables" | "sequences" | "functions" | "types" | "schemas">> = {
  OBJECT_TABLE: "tables",
  OBJECT_SEQUENCE: "sequences",
  OBJECT_FUNCTION: "functions",
  OBJECT_ROUTINE: "functions",
  OBJECT_TYPE: "types",
  OBJECT_SCHEMA: "schemas",
};
