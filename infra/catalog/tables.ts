import type { Row } from "../database/database.ts";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import { type GrantedRelation, grantsOfRelations, readGranted } from "./grants.ts";
import type { CatalogPart } from "./part.ts";
import { isWanted, keyed, roleName, withoutNulls } from "./rows.ts";

export interface Table extends GrantedRelation {
  /** `r` table, `p` partitioned table, `v` view, `m` materialised view, `f` foreign table. */
  readonly kind: string;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly policies: readonly PolicyRow[];
}

/** Whether it is a table, partitioned or not, as opposed to a view or a foreign table. */
export function isTable({ kind }: { readonly kind: string }): boolean {
  return kind === "r" || kind === "p";
}

export interface PolicyRow {
  readonly name: string;
  readonly command: "all" | "select" | "insert" | "update" | "delete";
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly using?: string;
  readonly withCheck?: string;
  readonly comment?: string;
}

/** The policies of the relations in a table expression `relation`, for `readPolicy`; by `oid`, in a column `list`. */
export const policiesOfRelations = `
    select p.polrelid as oid, json_agg(json_build_object('name', p.polname, 'command', p.polcmd, 'permissive', p.polpermissive,
      'roles', array(select ${roleName("member.id")} from unnest(p.polroles) as member(id) order by 1),
      'comment', d.description, 'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'withCheck', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname) as list
    from pg_catalog.pg_policy p join relation r on r.oid = p.polrelid left join pg_catalog.pg_description d
      on d.objoid = p.oid and d.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass and d.objsubid = 0 group by p.polrelid`;

/** Relations with their policies and grants, by `schema.name`. */
export const tables: CatalogPart<ReadonlyMap<string, Table>, QualifiedName> = {
  name: "tables",
  query: (wanted) => `
  with relation as materialized (
    select c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.relnatts
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${isWanted(wanted, "c.relname")}
  ), ${grantsOfRelations}, policies as (
    ${policiesOfRelations}
  )
  select coalesce(json_agg(json_build_object('schema', r.nspname, 'name', r.relname, 'kind', r.relkind, 'owner', pg_catalog.pg_get_userbyid(r.relowner),
    'rowSecurity', r.relrowsecurity, 'forceRowSecurity', r.relforcerowsecurity, 'grants', grants.list, 'passedOn', passed_on.list, 'policies', policies.list)), '[]') as rows
  from relation r left join grants on grants.oid = r.oid left join passed_on on passed_on.oid = r.oid left join policies on policies.oid = r.oid`,
  read: (rows = []) => keyed(rows.map(readTable), formatQualified),
};

function readTable(row: Row): Table {
  const policies = (row.policies ?? []) as Row[];
  return { ...readGranted<Table>(row), policies: policies.map(readPolicy) };
}

/** Reads a row of `pg_policy`, in which a command is one letter. */
export function readPolicy(row: Row): PolicyRow {
  return { ...withoutNulls<PolicyRow>(row), command: commands[String(row.command)] ?? "all" };
}

const commands: Readonly<Record<string, PolicyRow["command"]>> = {
  "*": "all",
  r: "select",
  a: "insert",
  w: "update",
  d: "delete",
};
