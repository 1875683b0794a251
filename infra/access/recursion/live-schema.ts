import type { Catalog } from "../../catalog/catalog.ts";
import type { Database } from "../../database/database.ts";
import type { ImplicitUse } from "../../sql/implicit-uses.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";
import type { References } from "../../sql/references.ts";
import { type Role, type Roles, rolesQuery } from "../roles.ts";
import { type ImplicitCalls, implicitCallsQuery, readImplicitCalls } from "./implicit-calls.ts";
import { ParsedTexts } from "./parsed-texts.ts";

export interface View extends QualifiedName {
  readonly owner: string;
  /** Whether it is `security_invoker`. */
  readonly isInvoker: boolean;
  readonly reads: readonly QualifiedName[];
}

/** A parsed condition. */
export interface Condition extends References {
  /**
   * Whether it contains a sub-select. PostgreSQL rewrites those, and detects recursive policies only while doing so.
   */
  readonly hasSubSelect: boolean;
  readonly implicit: readonly ImplicitUse[];
}

/** What in the live database decides which policies apply to a query. */
export interface LiveSchema {
  readonly catalog: Catalog;
  readonly roles: Roles;
  readonly views: ReadonlyMap<string, View>;
  /** PostgreSQL's own types, and user-defined types other than a table's row type. */
  readonly types: ReadonlySet<string>;
  /** PostgreSQL's own tables and views. */
  readonly systemRelations: ReadonlySet<string>;
  readonly implicitCalls: ImplicitCalls;
  /** Whether roles without full rights may create temporary objects. */
  readonly isTemporaryOpen: boolean;
  readonly parsed: ParsedTexts;
}

/** Reads it in one round trip. */
export async function readLiveSchema(database: Database, catalog: Catalog): Promise<LiveSchema> {
  const queries = [rolesQuery, viewsQuery, typesQuery, temporaryQuery, implicitCallsQuery];
  const [roles = [], views = [], types = [], temporary = [], implicit = []] = await database.read(queries.join(";\n"));
  return {
    catalog,
    roles: new Map((roles as unknown as Role[]).map((role) => [role.name, role])),
    views: new Map((views as unknown as View[]).map((view) => [formatQualified(view), view])),
    types: new Set((types as unknown as QualifiedName[]).map(formatQualified)),
    systemRelations: new Set(
      types.flatMap(({ schema, name, isRows }) => (isRows === true ? [`${schema}.${name}`] : [])),
    ),
    implicitCalls: readImplicitCalls(implicit),
    isTemporaryOpen: temporary[0]?.open === true,
    parsed: new ParsedTexts(catalog.server.version),
  };
}

const viewsQuery = `
  select n.nspname as schema, c.relname as name, pg_catalog.pg_get_userbyid(c.relowner) as owner,
    coalesce((select option_value::boolean from pg_catalog.pg_options_to_table(c.reloptions) where option_name = 'security_invoker'), false) as "isInvoker",
    (select coalesce(json_agg(distinct jsonb_build_object('schema', rn.nspname, 'name', rc.relname)), '[]')
      from pg_catalog.pg_rewrite w join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
      join pg_catalog.pg_class rc on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and rc.oid = d.refobjid
      join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace where w.ev_class = c.oid and rc.oid <> c.oid) as reads
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'v' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_temp_'`;

const typesQuery = `
  select n.nspname as schema, t.typname as name, t.typrelid <> 0 as "isRows" from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where n.nspname = 'pg_catalog'
    or t.typtype in ('b', 'd', 'e', 'm', 'r') and t.typelem = 0 and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast_)?temp_'`;

/** PUBLIC has TEMPORARY on the database unless it was revoked. */
const temporaryQuery = `
  select exists (select from pg_catalog.pg_roles r where not r.rolsuper and not r.rolcreaterole
    and pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'TEMPORARY')) as open`;
