-- What the storage server's later migrations made: the functions that list files and tell operations apart, and columns
-- for versions of files, which the server does not write yet.
--
-- The lists have the real signatures, and give the same rows in the same order for names of letters, digits and slashes.
-- The real ones are written for buckets with millions of files, these for a developer's.

set local role supabase_storage_admin;

alter table storage.objects add column if not exists archived_at timestamptz;
alter table storage.objects add column if not exists is_delete_marker boolean not null default false;
alter table storage.objects add column if not exists is_versioned boolean not null default false;

update storage.buckets set versioning_status = 'DISABLED' where versioning_status is null;
alter table storage.buckets alter column versioning_status set default 'DISABLED';
alter table storage.buckets alter column versioning_status set not null;
alter table storage.buckets
  drop constraint if exists buckets_versioning_status_check,
  add constraint buckets_versioning_status_check check (versioning_status in ('DISABLED', 'ENABLED', 'SUSPENDED')),
  drop constraint if exists buckets_versioning_standard_only_check,
  add constraint buckets_versioning_standard_only_check check (type = 'STANDARD' or versioning_status = 'DISABLED');

alter table storage.s3_multipart_uploads add column if not exists metadata jsonb;

create index if not exists idx_objects_bucket_id_name on storage.objects (bucket_id, name collate "C");
create index if not exists idx_objects_bucket_id_name_lower on storage.objects (bucket_id, lower(name) collate "C");
create index if not exists idx_multipart_uploads_list on storage.s3_multipart_uploads (bucket_id, key, created_at);

revoke all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts from postgres;

-- Which request of the Storage API a statement belongs to, such as storage.object.move.
create or replace function storage.operation() returns text language plpgsql stable as $$
begin
  return current_setting('storage.operation', true);
end
$$;

create or replace function storage.allow_any_operation(expected_operations text[]) returns boolean
language sql stable as $$
  select coalesce(regexp_replace(storage.operation(), '^storage\.', '') in (
    select regexp_replace(expected, '^storage\.', '') from unnest(expected_operations) as expected where expected <> ''
  ), false)
$$;

create or replace function storage.allow_only_operation(expected_operation text) returns boolean
language sql stable as $$
  select storage.allow_any_operation(array[expected_operation])
$$;

-- Tries an upload, and takes it back by raising PT200.
create or replace function storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb) returns void
language plpgsql as $$
begin
  insert into storage.objects (bucket_id, name, owner, metadata)
  values (can_insert_object.bucketid, can_insert_object.name, can_insert_object.owner, can_insert_object.metadata);
  raise sqlstate 'PT200' using message = 'ROLLBACK', detail = 'rollback successful insert';
end
$$;

create or replace function storage.get_size_by_bucket() returns table (size bigint, bucket_id text)
language plpgsql stable as $$
begin
  return query
    select sum((file.metadata ->> 'size')::bigint)::bigint, file.bucket_id
    from storage.objects as file group by file.bucket_id;
end
$$;

-- The folder below the prefix that a key lies in, with its delimiter; null for a key that lies there itself.
create or replace function storage.get_common_prefix(p_key text, p_prefix text, p_delimiter text) returns text
language sql immutable as $$
  select case when position(p_delimiter in substr(p_key, length(p_prefix) + 1)) > 0 then
    left(p_key, length(p_prefix) + position(p_delimiter in substr(p_key, length(p_prefix) + 1)))
  end
$$;

create or replace function storage.list_objects_with_delimiter(
  _bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100, start_after text default '',
  next_token text default '', sort_order text default 'asc'
) returns table (
  name text, id uuid, metadata jsonb, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz
) language plpgsql stable as $$
declare
  prefix text := coalesce(prefix_param, '');
  ascending boolean := lower(coalesce(sort_order, 'asc')) = 'asc';
  cursor_name text := coalesce(nullif(next_token, ''), start_after, '');
begin
  return query
    with file as (
      select stored.*, storage.get_common_prefix(stored.name, prefix, delimiter_param) as folder
      from storage.objects as stored
      where stored.bucket_id = _bucket_id and starts_with(stored.name, prefix)
    ), entry as (
      select distinct rtrim(file.folder, delimiter_param) as name, null::uuid as id, null::jsonb as metadata,
        null::timestamptz as updated_at, null::timestamptz as created_at, null::timestamptz as last_accessed_at
      from file where file.folder is not null
      union all
      select file.name, file.id, file.metadata, file.updated_at, file.created_at, file.last_accessed_at
      from file where file.folder is null
    )
    select entry.* from entry
    where cursor_name = '' or case when ascending
      then entry.name collate "C" > cursor_name else entry.name collate "C" < cursor_name end
    order by
      case when ascending then entry.name collate "C" end,
      case when not ascending then entry.name collate "C" end desc
    limit max_keys;
end
$$;

create or replace function storage.list_multipart_uploads_with_delimiter(
  bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100, next_key_token text default '',
  next_upload_token text default ''
) returns table (key text, id text, created_at timestamptz) language plpgsql as $$
begin
  return query
    with upload as (
      select coalesce(storage.get_common_prefix(stored.key, prefix_param, delimiter_param), stored.key) collate "C" as key,
        stored.id, stored.created_at
      from storage.s3_multipart_uploads as stored
      where stored.bucket_id = list_multipart_uploads_with_delimiter.bucket_id and starts_with(stored.key, prefix_param)
    )
    select distinct on (upload.key) upload.key, upload.id, upload.created_at from upload
    where case when next_upload_token <> '' then upload.id collate "C" > next_upload_token
      else next_key_token = '' or upload.key > next_key_token end
    order by upload.key, upload.created_at
    limit max_keys;
end
$$;

create or replace function storage.search(
  prefix text, bucketname text, limits integer default 100, levels integer default 1, offsets integer default 0,
  search text default '', sortcolumn text default 'name', sortorder text default 'asc'
) returns table (
  name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) language plpgsql stable as $$
declare
  sought text := lower(coalesce(prefix, '') || coalesce(search.search, ''));
  sort_column text := lower(coalesce(sortcolumn, 'name'));
  ascending boolean := lower(coalesce(sortorder, 'asc')) = 'asc';
begin
  return query
    with file as (
      select stored.*, split_part(stored.name, '/', levels) as part,
        storage.get_common_prefix(lower(stored.name), sought, '/') is not null as in_folder
      from storage.objects as stored
      where stored.bucket_id = bucketname and starts_with(lower(stored.name), sought)
    ), entry as (
      select distinct file.part as name, null::uuid as id, null::timestamptz as updated_at,
        null::timestamptz as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata
      from file where file.in_folder
      union all
      select file.part, file.id, file.updated_at, file.created_at, file.last_accessed_at, file.metadata
      from file where not file.in_folder
    ), sorted as (
      select entry.*, case sort_column
        when 'updated_at' then entry.updated_at
        when 'created_at' then entry.created_at
        when 'last_accessed_at' then entry.last_accessed_at
      end as moment from entry
    )
    select sorted.name, sorted.id, sorted.updated_at, sorted.created_at, sorted.last_accessed_at, sorted.metadata
    from sorted
    order by
      -- Folders have no moment of their own: they come first.
      sort_column in ('updated_at', 'created_at', 'last_accessed_at') and sorted.id is not null,
      case when ascending then sorted.moment end,
      case when not ascending then sorted.moment end desc,
      case when ascending then lower(sorted.name) collate "C" end,
      case when not ascending then lower(sorted.name) collate "C" end desc
    limit least(coalesce(limits, 100), 1500) offset offsets;
end
$$;

create or replace function storage.search_by_timestamp(
  p_prefix text, p_bucket_id text, p_limit integer, p_level integer, p_start_after text, p_sort_order text,
  p_sort_column text, p_sort_column_after text
) returns table (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz,
  metadata jsonb
) language plpgsql stable as $$
declare
  ascending boolean := p_sort_order = 'asc';
  cursor_moment timestamptz := coalesce(nullif(p_sort_column_after, '')::timestamptz, 'epoch');
begin
  return query
    with file as (
      select stored.*, storage.get_common_prefix(stored.name, coalesce(p_prefix, ''), '/') as folder
      from storage.objects as stored
      where stored.bucket_id = p_bucket_id and starts_with(stored.name, coalesce(p_prefix, ''))
    ), entry as (
      select rtrim(file.folder, '/') as name, null::uuid as id, min(file.created_at) as updated_at,
        min(file.created_at) as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata
      from file where file.folder is not null group by file.folder
      union all
      select file.name, file.id, file.updated_at, file.created_at, file.last_accessed_at, file.metadata
      from file where file.folder is null
    ), sorted as (
      select entry.*, coalesce(date_trunc('milliseconds', case p_sort_column
        when 'updated_at' then entry.updated_at else entry.created_at end), 'epoch') as moment
      from entry
    )
    select split_part(sorted.name, '/', p_level), sorted.name, sorted.id, sorted.updated_at, sorted.created_at,
      sorted.last_accessed_at, sorted.metadata
    from sorted
    where p_start_after = '' or case when ascending
      then (sorted.moment, sorted.name collate "C") > (cursor_moment, p_start_after)
      else (sorted.moment, sorted.name collate "C") < (cursor_moment, p_start_after) end
    order by
      case when ascending then sorted.moment end,
      case when not ascending then sorted.moment end desc,
      case when ascending then sorted.name collate "C" end,
      case when not ascending then sorted.name collate "C" end desc
    limit p_limit;
end
$$;

create or replace function storage.search_v2(
  prefix text, bucket_name text, limits integer default 100, levels integer default 1, start_after text default '',
  sort_order text default 'asc', sort_column text default 'name', sort_column_after text default ''
) returns table (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz,
  metadata jsonb
) language plpgsql stable as $$
declare
  row_limit integer := least(coalesce(limits, 100), 1500);
  direction text := case when lower(sort_order) = 'desc' then 'desc' else 'asc' end;
begin
  if lower(sort_column) in ('updated_at', 'created_at') then
    return query select * from storage.search_by_timestamp(
      prefix, bucket_name, row_limit, levels, start_after, direction, lower(sort_column), sort_column_after
    );
  else
    return query select split_part(listed.name, '/', levels), listed.name, listed.id, listed.updated_at,
      listed.created_at, listed.last_accessed_at, listed.metadata
    from storage.list_objects_with_delimiter(
      bucket_name, coalesce(prefix, ''), '/', row_limit, start_after, '', direction
    ) as listed;
  end if;
end
$$;

grant all on all functions in schema storage to postgres, anon, authenticated, service_role, dashboard_user;

reset role;
