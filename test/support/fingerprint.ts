import type pg from "pg";

const catalogs = [
  ...["class", "attribute", "proc", "policy", "namespace", "type", "publication", "publication_rel", "authid"],
  ...[
    "auth_members",
    "trigger",
    "constraint",
    "index",
    "default_acl",
    "extension",
    "depend",
    "description",
    "db_role_setting",
  ],
].map((name) => `pg_catalog.pg_${name}`);

/** Every object with the transaction that last wrote it: the same again means that nothing was written. */
export async function fingerprint(client: Pick<pg.Client, "query">): Promise<string> {
  const parts = [...catalogs, "storage.buckets"].map(
    (name) =>
      `select '${name}' as name, coalesce(string_agg(c.xmin::text || '/' || c.ctid::text, ',' order by c.ctid), '') as rows from ${name} c`,
  );
  const { rows } = await client.query<{ fingerprint: string }>(
    `select md5(string_agg(name || rows, ';' order by name)) as fingerprint from (${parts.join(" union all ")}) as all_rows`,
  );
  return rows[0]?.fingerprint ?? "";
}
