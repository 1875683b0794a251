/** A resource that is replaced while something uses its object, in TypeScript and SQL. */
export interface Scenario {
  /** What is there before the stack. */
  readonly setup?: string;
  /** The program's resources, with another value of the property for the old object and for the new one. */
  readonly program: (age: "old" | "new") => string;
  /** What uses the old object, once it is there. */
  readonly use?: string;
  /** A query on what must be as declared in the end, and its only row. */
  readonly after: readonly [sql: string, row: Readonly<Record<string, unknown>>];
}

const policies = (table: string) =>
  `select coalesce(array_agg(polname::text order by polname), '{}') as names from pg_policy where polrelid = '${table}'::regclass`;

const table = (name: string) =>
  `create table public.${name} (id text primary key, project text); alter table public.${name} owner to postgres`;

/** One for each property whose change makes another object, by kind and property. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  "Schema.name": {
    program: (age) => `new Schema("replaced schema", { name: "${age}_schema", grants: { anon: ["usage"] } });`,
    use: "create table old_schema.kept (id text)",
    after: [
      `select has_schema_privilege('anon', 'old_schema', 'usage') as "old", has_schema_privilege('anon', 'new_schema', 'usage') as "new"`,
      { old: false, new: true },
    ],
  },
  "TableAccess.table": {
    setup: [table("access_old"), table("access_new")].join(";"),
    program: (age) => `new TableAccess("replaced access", {
      table: "public.access_${age}", policies: { read: { command: "select", using: "true" } }, grants: { anon: ["select"] },
    });`,
    use: "create view public.access_view as select * from public.access_old",
    after: [
      `select has_table_privilege('anon', 'public.access_old', 'select') as "old", has_table_privilege('anon', 'public.access_new', 'select') as "new"`,
      { old: false, new: true },
    ],
  },
  "Policy.table": {
    setup: [table("policy_old"), table("policy_new")].join(";"),
    program: (age) =>
      `new Policy("replaced policy's table", { table: "public.policy_${age}", name: "read", using: "id = 'a'" });`,
    after: [policies("public.policy_old"), { names: [] }],
  },
  "Policy.name": {
    setup: table("policy_named"),
    program: (age) =>
      `new Policy("replaced policy", { table: "public.policy_named", name: "${age}", using: "id = 'a'" });`,
    after: [policies("public.policy_named"), { names: ["new"] }],
  },
  "ExclusivePolicies.table": {
    setup: `${table("list_old")}; ${table("list_new")}; create policy kept on public.list_old using (true)`,
    program: (age) =>
      `new ExclusivePolicies("replaced list", { table: "public.list_${age}", policies: ${age === "old" ? '["kept"]' : "[]"} });`,
    after: [policies("public.list_old"), { names: ["kept"] }],
  },
  "Function.signature": {
    setup: table("function_used"),
    program: (age) => `const used = new DatabaseFunction("replaced function", {
      definition: "create function public.${age}_function(project text) returns boolean language sql stable as 'select true'",
      execute: ["authenticated"],
    });
    new TableAccess("uses the function", {
      table: "public.function_used", policies: { read: { using: "public.${age}_function(project)" } },
    }, { dependsOn: used });`,
    after: [
      "select array_agg(oid::regprocedure::text) as signatures from pg_proc where proname like '%_function'",
      { signatures: ["new_function(text)"] },
    ],
  },
  "Publication.name": {
    setup: table("published"),
    program: (age) =>
      `new Publication("replaced publication", { name: "${age}_publication", tables: ["public.published"] });`,
    after: [
      "select array_agg(pubname::text) as names from pg_publication where pubname like '%_publication'",
      { names: ["new_publication"] },
    ],
  },
  "Bucket.name": {
    program: (age) => `new Bucket("replaced bucket", { name: "${age}-bucket" });`,
    after: [
      "select array_agg(id) as buckets from storage.buckets where id like '%-bucket'",
      { buckets: ["old-bucket", "new-bucket"] },
    ],
    use: "insert into storage.objects (bucket_id, name) values ('old-bucket', 'a.txt')",
  },
};
