import { isUserSchema } from "../../catalog/rows.ts";
import { policiesOfRelations } from "../../catalog/tables.ts";
import { inheritedRoles, isInherited } from "../roles.ts";

/**
 * Everything that decides what a request can reach. One query for each class of objects; each returns one row with one column `rows`.
 * @see https://www.postgresql.org/docs/current/ddl-priv.html
 * @see https://www.postgresql.org/docs/current/ddl-rowsecurity.html
 */

/** The entries of an access control list as JSON. Where the list may be null, callers pass `acldefault` instead. */
function privileges(list: string): string {
  return `coalesce((select json_agg(json_strip_nulls(json_build_object('role', coalesce(g.rolname, 'public'), 'privilege', lower(a.privilege_type),
      'isGrantable', nullif(a.is_grantable, false))))
    from pg_catalog.aclexplode(${list}) a left join pg_catalog.pg_roles g on g.oid = a.grantee), '[]')`;
}

function isOfExtension(catalog: string, id: string): string {
  return `exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass and e.objid = ${id} and e.deptype = 'e')`;
}

export const rolesQuery = `
  select coalesce(json_agg(json_build_object('name', r.rolname, 'isSuperuser', r.rolsuper, 'bypassesRowSecurity', r.rolsuper or r.rolbypassrls,
    'createsRoles', r.rolcreaterole, 'createsDatabases', r.rolcreatedb, 'replicates', r.rolreplication, 'logsIn', r.rolcanlogin,
    'memberships', coalesce((select json_agg(json_build_object('role', g.rolname,
        'inherits', ${isInherited}, 'sets', coalesce((to_jsonb(m) ->> 'set_option')::boolean, true),
        'grantor', case when pg_catalog.current_setting('server_version_num')::int >= 160000 then pg_catalog.pg_get_userbyid(m.grantor) end))
      from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid where m.member = r.oid), '[]'),
    'inherits', ${inheritedRoles})), '[]') as rows
  from pg_catalog.pg_roles r`;

/**
 * The schemas setting of the API's login role. A setting for this database takes precedence over one for all databases.
 */
export const exposedQuery = `
  select coalesce(json_agg(setting), '[]') as rows from (
    select substr(option, length('pgrst.db_schemas=') + 1) as setting from pg_catalog.pg_db_role_setting s
      join pg_catalog.pg_roles r on r.oid = s.setrole and r.rolname = 'authenticator', unnest(s.setconfig) as option
    where option like 'pgrst.db\\_schemas=%' and s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
    order by s.setdatabase desc limit 1) as found`;

export const schemasQuery = `
  select coalesce(json_agg(json_build_object('name', n.nspname, 'owner', pg_catalog.pg_get_userbyid(n.nspowner),
    'privileges', ${privileges("coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))")})), '[]') as rows
  from pg_catalog.pg_namespace n where ${isUserSchema}`;

/**
 * For an extension's relation: the privileges that the extension, or default privileges, granted when it was created.
 * @see https://www.postgresql.org/docs/current/catalog-pg-init-privs.html
 */
const initialPrivileges = `case when ${isOfExtension("pg_class", "r.oid")} then
      (select json_agg(json_strip_nulls(json_build_object('role', coalesce(g.rolname, 'public'), 'privilege', lower(a.privilege_type), 'column', t.attname)))
      from (select i.initprivs as list, i.objsubid from pg_catalog.pg_init_privs i
          where i.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.objoid = r.oid
        union all select d.defaclacl, 0 from pg_catalog.pg_default_acl d where d.defaclrole = r.relowner
          and d.defaclnamespace in (0, r.relnamespace) and d.defaclobjtype = case r.relkind when 'S' then 'S' else 'r' end) as known
        cross join lateral pg_catalog.aclexplode(known.list) a left join pg_catalog.pg_roles g on g.oid = a.grantee
        left join pg_catalog.pg_attribute t on known.objsubid > 0 and t.attrelid = r.oid and t.attnum = known.objsubid) end`;

/** Only this database: the other ones don't serve the same requests. */
export const databaseQuery = `
  select json_build_array(json_build_object('name', d.datname, 'owner', pg_catalog.pg_get_userbyid(d.datdba),
    'privileges', ${privileges("coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))")})) as rows
  from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`;

export const relationsQuery = `
  with relation as materialized (
    select c.*, n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${isUserSchema}
  ), privilege as (
    select r.oid, a.grantee, a.privilege_type, a.is_grantable, null::name as attname from relation r,
      pg_catalog.aclexplode(coalesce(r.relacl, pg_catalog.acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner))) a
    union all
    select r.oid, a.grantee, a.privilege_type, a.is_grantable, t.attname from relation r
      join pg_catalog.pg_attribute t on t.attrelid = r.oid and t.attacl is not null and not t.attisdropped, pg_catalog.aclexplode(t.attacl) a
  ), privileges as (
    select p.oid, json_agg(json_build_object('role', coalesce(g.rolname, 'public'), 'privilege', lower(p.privilege_type), 'column', p.attname,
      'isGrantable', nullif(p.is_grantable, false))) as list
    from privilege p left join pg_catalog.pg_roles g on g.oid = p.grantee group by p.oid
  ), policies as (
    ${policiesOfRelations}
  ), reads as (
    select f.oid, json_agg(json_build_object('schema', rn.nspname, 'name', rc.relname, 'columns', f.columns)) as list
    from (
      select w.ev_class as oid, d.refobjid, coalesce(array_agg(distinct a.attname) filter (where a.attname is not null), '{}') as columns
      from pg_catalog.pg_rewrite w join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
        and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid <> w.ev_class
        left join pg_catalog.pg_attribute a on d.refobjsubid > 0 and a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      group by w.ev_class, d.refobjid) as f
    join pg_catalog.pg_class rc on rc.oid = f.refobjid and rc.relkind in ('r', 'p', 'v', 'm', 'f') join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
    group by f.oid
  )
  select coalesce(json_agg(json_build_object('schema', r.nspname, 'name', r.relname, 'kind', r.relkind, 'owner', pg_catalog.pg_get_userbyid(r.relowner),
    'privileges', coalesce(privileges.list, '[]'), 'policies', coalesce(policies.list, '[]'), 'reads', coalesce(reads.list, '[]'),
    'columns', array(select a.attname from pg_catalog.pg_attribute a where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped order by a.attnum),
    'rowSecurity', r.relrowsecurity, 'forceRowSecurity', r.relforcerowsecurity, 'isExtension', ${isOfExtension("pg_class", "r.oid")},
    'initialPrivileges', ${initialPrivileges},
    'isInvoker', coalesce((select option_value::boolean from pg_catalog.pg_options_to_table(r.reloptions) where option_name = 'security_invoker'), false),
    'hasRules', exists (select from pg_catalog.pg_rewrite w where w.ev_class = r.oid and w.rulename <> '_RETURN'),
    'ownedBy', (select json_build_object('schema', tn.nspname, 'name', tc.relname) from pg_catalog.pg_depend o
      join pg_catalog.pg_class tc on tc.oid = o.refobjid join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace
      where r.relkind = 'S' and o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and o.objid = r.oid
        and o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and o.deptype in ('a', 'i') limit 1),
    'updatable', case when r.relkind = 'v' then pg_catalog.pg_relation_is_updatable(r.oid, true) else 0 end,
    'parents', coalesce((select json_agg(json_build_object('schema', pn.nspname, 'name', pc.relname)) from pg_catalog.pg_inherits i
      join pg_catalog.pg_class pc on pc.oid = i.inhparent join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace where i.inhrelid = r.oid), '[]'))), '[]') as rows
  from relation r left join privileges on privileges.oid = r.oid left join policies on policies.oid = r.oid left join reads on reads.oid = r.oid`;

export const functionsQuery = `
  select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', p.proname, 'owner', pg_catalog.pg_get_userbyid(p.proowner),
    'argumentTypes', array(select pg_catalog.format_type(given.type, null) from unnest(p.proargtypes) with ordinality as given(type, position) order by given.position),
    'isSecurityDefiner', p.prosecdef, 'returns', pg_catalog.format_type(p.prorettype, null), 'source', p.prosrc,
    'isExtension', ${isOfExtension("pg_proc", "p.oid")}, 'privileges', ${privileges("coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))")})), '[]') as rows
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where ${isUserSchema}`;

export const publicationsQuery = `
  select coalesce(json_agg(json_build_object('name', p.pubname, 'allTables', p.puballtables,
    'schemas', array(select n.nspname from pg_catalog.pg_publication_namespace s join pg_catalog.pg_namespace n on n.oid = s.pnnspid where s.pnpubid = p.oid order by 1),
    'tables', coalesce((select json_agg(json_build_object('schema', n.nspname, 'name', c.relname) order by n.nspname, c.relname)
      from pg_catalog.pg_publication_rel r join pg_catalog.pg_class c on c.oid = r.prrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where r.prpubid = p.oid), '[]'))), '[]') as rows
  from pg_catalog.pg_publication p`;

export const defaultPrivilegesQuery = `
  select coalesce(json_agg(json_build_object('owner', pg_catalog.pg_get_userbyid(d.defaclrole), 'schema', n.nspname,
    'objects', case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' when 'n' then 'schemas' end,
    'privileges', ${privileges("d.defaclacl")})), '[]') as rows
  from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace where d.defaclobjtype in ('r', 'S', 'f', 'T', 'n')`;

export const storageQuery = `select json_build_array(to_regclass('storage.buckets') is not null) as rows`;
