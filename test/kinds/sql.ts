/** The names of a table's policies, as one row. */
export const namesOfPolicies = (table: string) =>
  `select coalesce(array_agg(polname::text order by polname), '{}') as names from pg_policy where polrelid = '${table}'::regclass`;

/** A table that a policy may read. */
export const createTable = (name: string) =>
  `create table public.${name} (id text primary key, project text); alter table public.${name} owner to postgres`;
