import type { TestStack } from "./stack.ts";

/** Two versions of the same declarations, which differ in everything that decides about access to a table. */
export type Version = "old" | "new";

/**
 * A program that declares who may reach some tables. It uses the engine's own class, so that it starts in half the time of one that
 * loads this repository's.
 */
export function declareTables(tables: readonly string[], version: Version): string {
  const resources = tables.map((table) => [table, accessTo(table, version)] as const);
  return `import { CustomResource } from "@pulumi/pulumi";
for (const [name, properties] of Object.entries(${JSON.stringify(Object.fromEntries(resources), null, 2)}))
  new CustomResource("palisade:index:TableAccess", name, properties);
`;
}

export function accessTo(table: string, version: Version) {
  const mine = "tenant = current_setting('request.jwt.claims', true)::json ->> 'tenant'";
  const authenticated = ["authenticated"];
  return version === "old"
    ? {
        table: `public.${table}`,
        policies: {
          reading: { command: "select", roles: authenticated, using: mine },
          "only in the old": { command: "delete", roles: authenticated, using: mine },
        },
        grants: { authenticated: ["select", "delete"], service_role: ["select"] },
      }
    : {
        table: `public.${table}`,
        forceRowSecurity: true,
        policies: {
          reading: { command: "select", roles: authenticated, using: `(${mine}) and id > 0` },
          "only in the new": { command: "update", roles: authenticated, using: mine, withCheck: mine },
        },
        grants: { authenticated: { select: true, update: ["note"] }, service_role: ["select", "insert"] },
      };
}

/** Makes the tables, with a row for each of two tenants. */
export async function createTables(stack: Pick<TestStack, "sql">, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await stack.sql(`create table public.${table} (id int primary key, tenant text not null, note text);
      alter table public.${table} owner to postgres;
      insert into public.${table} values (1, 'red', 'r'), (2, 'blue', 'b')`);
  }
}

/** Everything that decides who may do what with each table, in a form that can be compared. */
export async function readAccess(
  stack: Pick<TestStack, "sql">,
  tables: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await stack.sql<{ name: string; access: unknown }>(
    `select c.relname as name, json_build_object(
       'rowSecurity', c.relrowsecurity, 'forced', c.relforcerowsecurity,
       'grants', (select array_agg(a::text order by a::text) from unnest(c.relacl) as a),
       'columns', (select array_agg(attname || attacl::text order by attname) from pg_attribute where attrelid = c.oid and attacl is not null),
       'policies', (select array_agg(json_build_object('name', polname, 'command', polcmd, 'permissive', polpermissive,
           'roles', polroles::regrole[]::text[], 'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid)) order by polname)
         from pg_policy where polrelid = c.oid)
     ) as access
     from pg_class as c where c.relnamespace = 'public'::regnamespace and c.relname = any ($1)`,
    [tables],
  );
  return new Map(rows.map(({ name, access }) => [name, JSON.stringify(access)]));
}
