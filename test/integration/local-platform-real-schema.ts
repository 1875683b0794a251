import type { Session } from "./local-platform.ts";

/** What a schema consists of, each thing by its name and in PostgreSQL's own words. */
export interface SchemaDescription {
  readonly columns: Names;
  readonly functions: Names;
  readonly indexes: Names;
  readonly constraints: Names;
  readonly triggers: Names;
  readonly grants: Names;
  readonly types: Names;
}

type Names = Readonly<Record<string, string>>;

/** Reads the schemas' tables, or only those named, with everything on them, and the functions and enums beside them. */
export async function describeSchemas(
  { run }: Session,
  schemas: readonly string[],
  tables?: readonly string[],
): Promise<SchemaDescription> {
  const read = async (query: string) => {
    const rows = await run(`select name, text from (${query}) as described order by 1`, [schemas, tables ?? null]);
    return Object.fromEntries(rows.map(({ name, text }) => [name, String(text)]));
  };
  const relations = `pg_class c join pg_namespace n on n.oid = c.relnamespace
    and n.nspname = any ($1) and ($2::text[] is null or c.oid::regclass::text = any ($2)) and c.relkind in ('r', 'p')`;
  await run("set local search_path = ''");
  return {
    columns: await read(`
      select c.oid::regclass || '.' || attname as name, concat_ws(' ', format_type(atttypid, atttypmod),
        case when attnotnull then 'not null' end, 'default ' || pg_get_expr(adbin, adrelid)) as text
      from ${relations} join pg_attribute a on attrelid = c.oid and attnum > 0 and not attisdropped
      left join pg_attrdef on adrelid = attrelid and adnum = attnum`),
    functions: await read(`
      select format('%s.%I(%s)', n.nspname, proname, pg_get_function_arguments(p.oid)) as name,
        concat_ws(' ', pg_get_function_result(p.oid), case provolatile when 'i' then 'immutable' when 's' then 'stable' end,
          case when prosecdef then 'security definer' end,
          case when not has_function_privilege('anon', p.oid, 'execute') then 'not for anon' end) as text
      from pg_proc p join pg_namespace n on n.oid = pronamespace and n.nspname = any ($1) where $2::text[] is null`),
    indexes: await read(`
      select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as text
      from ${relations} join pg_index i on i.indrelid = c.oid`),
    constraints: await read(`
      select c.oid::regclass || ': ' || conname as name, pg_get_constraintdef(x.oid) as text
      from ${relations} join pg_constraint x on conrelid = c.oid and contype <> 'n'`),
    triggers: await read(`
      select c.oid::regclass || ': ' || tgname as name, pg_get_triggerdef(t.oid) as text
      from ${relations} join pg_trigger t on tgrelid = c.oid and not tgisinternal`),
    grants: await read(`
      select c.oid::regclass || ' to ' || grantee::regrole as name,
        string_agg(lower(privilege_type) || case when is_grantable then '*' else '' end, ', ' order by privilege_type) as text
      from ${relations}, aclexplode(relacl) where grantee <> relowner and privilege_type <> 'MAINTAIN' group by c.oid, grantee`),
    types: await read(`
      select t.oid::regtype::text as name, (select string_agg(enumlabel, ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid) as text
      from pg_type t join pg_namespace n on n.oid = typnamespace and n.nspname = any ($1) and typtype = 'e'
      where $2::text[] is null or exists (select from pg_attribute where atttypid = t.oid and attrelid::regclass::text = any ($2))`),
  };
}

const everything = "delete, insert, references, select, trigger, truncate, update";
const mayGrant = everything.replaceAll(/\w+/g, "$&*");
const fileList =
  "name text, id uuid, updated_at timestamp with time zone, created_at timestamp with time zone, last_accessed_at timestamp with time zone, metadata jsonb";

/**
 * The schema `storage` of hosted projects, as the storage server's migrations make it up to `object-versioning-core`, without the tables
 * and functions of analytics and vector buckets.
 */
export const realStorage: SchemaDescription = {
  columns: {
    "storage.buckets.allowed_mime_types": "text[]",
    "storage.buckets.avif_autodetection": "boolean default false",
    "storage.buckets.created_at": "timestamp with time zone default now()",
    "storage.buckets.file_size_limit": "bigint",
    "storage.buckets.id": "text not null",
    "storage.buckets.name": "text not null",
    "storage.buckets.owner": "uuid",
    "storage.buckets.owner_id": "text",
    "storage.buckets.public": "boolean default false",
    "storage.buckets.type": "storage.buckettype not null default 'STANDARD'::storage.buckettype",
    "storage.buckets.updated_at": "timestamp with time zone default now()",
    "storage.buckets.versioning_status": "text not null default 'DISABLED'::text",
    "storage.objects.archived_at": "timestamp with time zone",
    "storage.objects.bucket_id": "text",
    "storage.objects.created_at": "timestamp with time zone default now()",
    "storage.objects.id": "uuid not null default gen_random_uuid()",
    "storage.objects.is_delete_marker": "boolean not null default false",
    "storage.objects.is_versioned": "boolean not null default false",
    "storage.objects.last_accessed_at": "timestamp with time zone default now()",
    "storage.objects.metadata": "jsonb",
    "storage.objects.name": "text",
    "storage.objects.owner": "uuid",
    "storage.objects.owner_id": "text",
    "storage.objects.path_tokens": "text[] default string_to_array(name, '/'::text)",
    "storage.objects.updated_at": "timestamp with time zone default now()",
    "storage.objects.user_metadata": "jsonb",
    "storage.objects.version": "text",
    "storage.s3_multipart_uploads.bucket_id": "text not null",
    "storage.s3_multipart_uploads.created_at": "timestamp with time zone not null default now()",
    "storage.s3_multipart_uploads.id": "text not null",
    "storage.s3_multipart_uploads.in_progress_size": "bigint not null default 0",
    "storage.s3_multipart_uploads.key": "text not null",
    "storage.s3_multipart_uploads.metadata": "jsonb",
    "storage.s3_multipart_uploads.owner_id": "text",
    "storage.s3_multipart_uploads.upload_signature": "text not null",
    "storage.s3_multipart_uploads.user_metadata": "jsonb",
    "storage.s3_multipart_uploads.version": "text not null",
    "storage.s3_multipart_uploads_parts.bucket_id": "text not null",
    "storage.s3_multipart_uploads_parts.created_at": "timestamp with time zone not null default now()",
    "storage.s3_multipart_uploads_parts.etag": "text not null",
    "storage.s3_multipart_uploads_parts.id": "uuid not null default gen_random_uuid()",
    "storage.s3_multipart_uploads_parts.key": "text not null",
    "storage.s3_multipart_uploads_parts.owner_id": "text",
    "storage.s3_multipart_uploads_parts.part_number": "integer not null",
    "storage.s3_multipart_uploads_parts.size": "bigint not null default 0",
    "storage.s3_multipart_uploads_parts.upload_id": "text not null",
    "storage.s3_multipart_uploads_parts.version": "text not null",
    "storage.migrations.executed_at": "timestamp without time zone default CURRENT_TIMESTAMP",
    "storage.migrations.hash": "character varying(40) not null",
    "storage.migrations.id": "integer not null",
    "storage.migrations.name": "character varying(100) not null",
  },
  functions: {
    "storage.allow_any_operation(expected_operations text[])": "boolean stable",
    "storage.allow_only_operation(expected_operation text)": "boolean stable",
    "storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb)": "void",
    "storage.enforce_bucket_name_length()": "trigger",
    "storage.extension(name text)": "text immutable",
    "storage.filename(name text)": "text immutable",
    "storage.foldername(name text)": "text[] immutable",
    "storage.get_common_prefix(p_key text, p_prefix text, p_delimiter text)": "text immutable",
    "storage.get_size_by_bucket()": "TABLE(size bigint, bucket_id text) stable",
    "storage.list_multipart_uploads_with_delimiter(bucket_id text, prefix_param text, delimiter_param text, max_keys integer DEFAULT 100, next_key_token text DEFAULT ''::text, next_upload_token text DEFAULT ''::text)":
      "TABLE(key text, id text, created_at timestamp with time zone)",
    "storage.list_objects_with_delimiter(_bucket_id text, prefix_param text, delimiter_param text, max_keys integer DEFAULT 100, start_after text DEFAULT ''::text, next_token text DEFAULT ''::text, sort_order text DEFAULT 'asc'::text)":
      "TABLE(name text, id uuid, metadata jsonb, updated_at timestamp with time zone, created_at timestamp with time zone, last_accessed_at timestamp with time zone) stable",
    "storage.operation()": "text stable",
    "storage.protect_delete()": "trigger",
    "storage.search(prefix text, bucketname text, limits integer DEFAULT 100, levels integer DEFAULT 1, offsets integer DEFAULT 0, search text DEFAULT ''::text, sortcolumn text DEFAULT 'name'::text, sortorder text DEFAULT 'asc'::text)": `TABLE(${fileList}) stable`,
    "storage.search_by_timestamp(p_prefix text, p_bucket_id text, p_limit integer, p_level integer, p_start_after text, p_sort_order text, p_sort_column text, p_sort_column_after text)": `TABLE(key text, ${fileList}) stable`,
    "storage.search_v2(prefix text, bucket_name text, limits integer DEFAULT 100, levels integer DEFAULT 1, start_after text DEFAULT ''::text, sort_order text DEFAULT 'asc'::text, sort_column text DEFAULT 'name'::text, sort_column_after text DEFAULT ''::text)": `TABLE(key text, ${fileList}) stable`,
    "storage.update_updated_at_column()": "trigger",
  },
  indexes: {
    "storage.bname": "CREATE UNIQUE INDEX bname ON storage.buckets USING btree (name)",
    "storage.bucketid_objname": "CREATE UNIQUE INDEX bucketid_objname ON storage.objects USING btree (bucket_id, name)",
    "storage.buckets_pkey": "CREATE UNIQUE INDEX buckets_pkey ON storage.buckets USING btree (id)",
    "storage.idx_multipart_uploads_list":
      "CREATE INDEX idx_multipart_uploads_list ON storage.s3_multipart_uploads USING btree (bucket_id, key, created_at)",
    "storage.idx_objects_bucket_id_name":
      'CREATE INDEX idx_objects_bucket_id_name ON storage.objects USING btree (bucket_id, name COLLATE "C")',
    "storage.idx_objects_bucket_id_name_lower":
      'CREATE INDEX idx_objects_bucket_id_name_lower ON storage.objects USING btree (bucket_id, lower(name) COLLATE "C")',
    "storage.migrations_name_key": "CREATE UNIQUE INDEX migrations_name_key ON storage.migrations USING btree (name)",
    "storage.migrations_pkey": "CREATE UNIQUE INDEX migrations_pkey ON storage.migrations USING btree (id)",
    "storage.name_prefix_search":
      "CREATE INDEX name_prefix_search ON storage.objects USING btree (name text_pattern_ops)",
    "storage.objects_pkey": "CREATE UNIQUE INDEX objects_pkey ON storage.objects USING btree (id)",
    "storage.s3_multipart_uploads_parts_pkey":
      "CREATE UNIQUE INDEX s3_multipart_uploads_parts_pkey ON storage.s3_multipart_uploads_parts USING btree (id)",
    "storage.s3_multipart_uploads_pkey":
      "CREATE UNIQUE INDEX s3_multipart_uploads_pkey ON storage.s3_multipart_uploads USING btree (id)",
  },
  constraints: {
    "storage.buckets: buckets_pkey": "PRIMARY KEY (id)",
    "storage.buckets: buckets_versioning_standard_only_check":
      "CHECK (((type = 'STANDARD'::storage.buckettype) OR (versioning_status = 'DISABLED'::text)))",
    "storage.buckets: buckets_versioning_status_check":
      "CHECK ((versioning_status = ANY (ARRAY['DISABLED'::text, 'ENABLED'::text, 'SUSPENDED'::text])))",
    "storage.migrations: migrations_name_key": "UNIQUE (name)",
    "storage.migrations: migrations_pkey": "PRIMARY KEY (id)",
    "storage.objects: objects_bucketId_fkey": "FOREIGN KEY (bucket_id) REFERENCES storage.buckets(id)",
    "storage.objects: objects_pkey": "PRIMARY KEY (id)",
    "storage.s3_multipart_uploads: s3_multipart_uploads_bucket_id_fkey":
      "FOREIGN KEY (bucket_id) REFERENCES storage.buckets(id)",
    "storage.s3_multipart_uploads: s3_multipart_uploads_pkey": "PRIMARY KEY (id)",
    "storage.s3_multipart_uploads_parts: s3_multipart_uploads_parts_bucket_id_fkey":
      "FOREIGN KEY (bucket_id) REFERENCES storage.buckets(id)",
    "storage.s3_multipart_uploads_parts: s3_multipart_uploads_parts_pkey": "PRIMARY KEY (id)",
    "storage.s3_multipart_uploads_parts: s3_multipart_uploads_parts_upload_id_fkey":
      "FOREIGN KEY (upload_id) REFERENCES storage.s3_multipart_uploads(id) ON DELETE CASCADE",
  },
  triggers: {
    "storage.buckets: enforce_bucket_name_length_trigger":
      "CREATE TRIGGER enforce_bucket_name_length_trigger BEFORE INSERT OR UPDATE OF name ON storage.buckets FOR EACH ROW EXECUTE FUNCTION storage.enforce_bucket_name_length()",
    "storage.buckets: protect_buckets_delete":
      "CREATE TRIGGER protect_buckets_delete BEFORE DELETE ON storage.buckets FOR EACH STATEMENT EXECUTE FUNCTION storage.protect_delete()",
    "storage.objects: protect_objects_delete":
      "CREATE TRIGGER protect_objects_delete BEFORE DELETE ON storage.objects FOR EACH STATEMENT EXECUTE FUNCTION storage.protect_delete()",
    "storage.objects: update_objects_updated_at":
      "CREATE TRIGGER update_objects_updated_at BEFORE UPDATE ON storage.objects FOR EACH ROW EXECUTE FUNCTION storage.update_updated_at_column()",
  },
  grants: {
    ...Object.fromEntries(
      ["storage.buckets", "storage.objects"].flatMap((table) => [
        ...["anon", "authenticated", "service_role"].map((role) => [`${table} to ${role}`, everything]),
        [`${table} to postgres`, mayGrant],
      ]),
    ),
    ...Object.fromEntries(
      ["storage.s3_multipart_uploads", "storage.s3_multipart_uploads_parts"].flatMap((table) => [
        ...["anon", "authenticated"].map((role) => [`${table} to ${role}`, "select"]),
        [`${table} to service_role`, everything],
      ]),
    ),
    "storage.migrations to postgres": "select",
  },
  types: { "storage.buckettype": "STANDARD, ANALYTICS, VECTOR" },
};

/** The table of sign-in's factors, which the documented policy for multi-factor sign-in reads. */
export const realFactors: Pick<SchemaDescription, "columns" | "indexes"> & { readonly types: Names } = {
  columns: {
    "auth.mfa_factors.created_at": "timestamp with time zone not null",
    "auth.mfa_factors.factor_type": "auth.factor_type not null",
    "auth.mfa_factors.friendly_name": "text",
    "auth.mfa_factors.id": "uuid not null",
    "auth.mfa_factors.last_challenged_at": "timestamp with time zone",
    "auth.mfa_factors.last_webauthn_challenge_data": "jsonb",
    "auth.mfa_factors.phone": "text",
    "auth.mfa_factors.secret": "text",
    "auth.mfa_factors.status": "auth.factor_status not null",
    "auth.mfa_factors.updated_at": "timestamp with time zone not null",
    "auth.mfa_factors.user_id": "uuid not null",
    "auth.mfa_factors.web_authn_aaguid": "uuid",
    "auth.mfa_factors.web_authn_credential": "jsonb",
  },
  indexes: {
    "auth.factor_id_created_at_idx":
      "CREATE INDEX factor_id_created_at_idx ON auth.mfa_factors USING btree (user_id, created_at)",
    "auth.mfa_factors_last_challenged_at_key":
      "CREATE UNIQUE INDEX mfa_factors_last_challenged_at_key ON auth.mfa_factors USING btree (last_challenged_at)",
    "auth.mfa_factors_pkey": "CREATE UNIQUE INDEX mfa_factors_pkey ON auth.mfa_factors USING btree (id)",
    "auth.mfa_factors_user_friendly_name_unique":
      "CREATE UNIQUE INDEX mfa_factors_user_friendly_name_unique ON auth.mfa_factors USING btree (friendly_name, user_id) WHERE (TRIM(BOTH FROM friendly_name) <> ''::text)",
    "auth.mfa_factors_user_id_idx": "CREATE INDEX mfa_factors_user_id_idx ON auth.mfa_factors USING btree (user_id)",
    "auth.unique_phone_factor_per_user":
      "CREATE UNIQUE INDEX unique_phone_factor_per_user ON auth.mfa_factors USING btree (user_id, phone)",
  },
  types: { "auth.factor_status": "unverified, verified", "auth.factor_type": "totp, webauthn, phone" },
};
