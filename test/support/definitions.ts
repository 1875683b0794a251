import type pg from "pg";

const isUsers = "nspname !~ '^pg_' and nspname <> 'information_schema'";
const owner = (column: string) => `pg_get_userbyid(${column})`;
const acl = (column: string) => `array(select a::text from unnest(${column}) as a order by 1)`;

/** What an application can notice of a database, by names alone, so that two databases can be compared. */
const questions: Readonly<Record<string, string>> = {
  schemas: `select nspname, ${owner("nspowner")}, ${acl("nspacl")} from pg_namespace where ${isUsers}`,
  relations: `select nspname, relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident, relispartition, relispopulated,
      ${owner("relowner")}, ${acl("relacl")}, reloptions, pg_get_partkeydef(c.oid), pg_get_expr(relpartbound, c.oid),
      array(select inhparent::regclass::text from pg_inherits where inhrelid = c.oid order by inhseqno)
    from pg_class c join pg_namespace n on n.oid = relnamespace where ${isUsers}`,
  columns: `select attrelid::regclass::text, attname, row_number() over (partition by attrelid order by attnum), format_type(atttypid, atttypmod),
      attnotnull, attidentity, attgenerated, attcollation::regcollation::text, attislocal, attinhcount, ${acl("attacl")}, pg_get_expr(adbin, adrelid)
    from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
      left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where ${isUsers} and attnum > 0 and not attisdropped`,
  constraints: `select coalesce(nullif(conrelid, 0)::regclass::text, contypid::regtype::text), conname, contype, convalidated, conislocal, coninhcount, pg_get_constraintdef(k.oid)
    from pg_constraint k join pg_namespace n on n.oid = connamespace where ${isUsers}`,
  indexes: `select pg_get_indexdef(indexrelid), indisunique, indisprimary, indisvalid, indisreplident from pg_index i join pg_class c on c.oid = indrelid
    join pg_namespace n on n.oid = relnamespace where ${isUsers}`,
  sequences: `select seqrelid::regclass::text, format_type(seqtypid, null), seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle,
    pg_get_serial_sequence(d.refobjid::regclass::text, (select attname from pg_attribute where attrelid = d.refobjid and attnum = d.refobjsubid))
    from pg_sequence left join pg_depend d on d.objid = seqrelid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')`,
  functions: `select p.oid::regprocedure::text, case when prokind <> 'a' then pg_get_functiondef(p.oid) else (select (to_jsonb(a) - 'aggfnoid' - 'aggtranstype' - 'aggsortop')::text
      from pg_aggregate a where aggfnoid = p.oid) end, ${owner("proowner")}, ${acl("proacl")}
    from pg_proc p join pg_namespace n on n.oid = pronamespace where ${isUsers}`,
  // PostgreSQL 15 leaves the multirange to whoever made it when its range gets another owner, and nobody can change that.
  types: `select format_type(t.oid, null), typtype, typnotnull, format_type(nullif(typbasetype, 0), typtypmod), typdefault,
      case when typtype <> 'm' and typcategory <> 'A' then ${owner("typowner")} end, ${acl("typacl")},
      array(select enumlabel::text from pg_enum where enumtypid = t.oid order by enumsortorder),
      (select format_type(rngsubtype, null) from pg_range where rngtypid = t.oid)
    from pg_type t join pg_namespace n on n.oid = typnamespace where ${isUsers}`,
  views: `select c.oid::regclass::text, pg_get_viewdef(c.oid) from pg_class c join pg_namespace n on n.oid = relnamespace where relkind in ('v', 'm') and ${isUsers}`,
  rules: "select * from pg_rules where schemaname !~ '^pg_'",
  triggers: `select pg_get_triggerdef(t.oid), tgenabled from pg_trigger t join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = relnamespace
    where ${isUsers} and not tgisinternal`,
  "event triggers": "select evtname, evtevent, evtfoid::regproc::text, evtenabled, evttags from pg_event_trigger",
  policies: "select * from pg_policies",
  "default privileges": `select ${owner("defaclrole")}, defaclnamespace::regnamespace::text, defaclobjtype, ${acl("defaclacl")} from pg_default_acl`,
  roles: "select to_jsonb(r) - 'oid' from pg_roles r where rolname !~ '^pg_'",
  members:
    "select roleid::regrole::text, member::regrole::text, bool_or(admin_option) from pg_auth_members group by 1, 2",
  settings: `select setrole::regrole::text, setconfig from pg_db_role_setting left join pg_database d on d.oid = setdatabase
    where setdatabase = 0 or datname = current_database()`,
  publications: "select to_jsonb(p) - 'oid' - 'pubowner', pg_get_userbyid(pubowner) from pg_publication p",
  published: "select * from pg_publication_tables",
  extensions:
    "select extname, extnamespace::regnamespace::text, extversion, pg_get_userbyid(extowner) from pg_extension",
  buckets: "select id, name, owner, public, file_size_limit, allowed_mime_types, owner_id from storage.buckets",
};

/** Everything that is defined in a database, sorted. @param client a superuser's */
export async function readDefinitions(client: pg.Client): Promise<Readonly<Record<string, readonly string[]>>> {
  await client.query("set search_path = ''");
  const found: Record<string, readonly string[]> = {};
  for (const [name, question] of Object.entries(questions)) {
    const { rows } = await client.query({ text: question, rowMode: "array" });
    found[name] = rows.map((row) => JSON.stringify(row)).sort();
  }
  await client.query("reset search_path");
  return found;
}
