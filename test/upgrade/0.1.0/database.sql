-- What version 0.1.0 made of the program in this folder, in PostgreSQL 17: the statements of its `up`, without those that only read or lock.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types, avif_autodetection) values ('avatars', 'avatars', true, 5000000, array['image/png']::text[], false);
create schema "private";
grant usage on schema "private" to "authenticated";
grant usage on schema "private" to "service_role";
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types, avif_autodetection) values ('files', 'files', false, 50000000, null, false);
CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0);
CREATE TABLE "projects" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid(),
    "tenant_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    CONSTRAINT "projects_pkey" PRIMARY KEY ("id"));
CREATE TABLE "members" (
    "user_id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "is_admin" BOOLEAN NOT NULL DEFAULT false,
    CONSTRAINT "members_pkey" PRIMARY KEY ("user_id", "tenant_id"));
insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
  values ('9e7b761c-b88d-4e0c-9bb9-7ae743cf1841', 'caf48b8153dc72cb410ba4614f9e955dfd8033c35b26e30572845e10d789d803', '1_first', now(), now(), 1);
CREATE TABLE "tags" (
    "id" INTEGER NOT NULL,
    "label" TEXT NOT NULL,
    "secret" TEXT,
    CONSTRAINT "tags_pkey" PRIMARY KEY ("id"));
insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
  values ('ebaa45b4-8434-4dda-af4b-eb81ff973fb3', '1d5365271c1e01fe0dec9342c76317fddd485a556358da2fb45241870e59d30b', '2_tags', now(), now(), 1);
create or replace function private.my_tenants() returns setof text language sql stable security definer set search_path = ''
      as $$ select tenant_id from public.members where user_id = (select auth.jwt() ->> 'sub') $$;
grant execute on routine "private"."my_tenants"() to "authenticated";
alter table "public"."tags" enable row level security;
alter table "public"."tags" force row level security;
create policy "labelled" on "public"."tags" for select to public using (tags.label <> '' and tags.id in (1, 2, 3));
create policy "no deletes" on "public"."tags" as restrictive for delete to public using (false);
revoke maintain on table "public"."tags" from "anon";
revoke references on table "public"."tags" from "anon";
revoke trigger on table "public"."tags" from "anon";
revoke truncate on table "public"."tags" from "anon";
grant select ("id") on table "public"."tags" to "anon";
grant select ("label") on table "public"."tags" to "anon";
revoke maintain on table "public"."tags" from "authenticated";
revoke references on table "public"."tags" from "authenticated";
revoke trigger on table "public"."tags" from "authenticated";
revoke truncate on table "public"."tags" from "authenticated";
revoke maintain on table "public"."tags" from "service_role";
revoke references on table "public"."tags" from "service_role";
revoke trigger on table "public"."tags" from "service_role";
revoke truncate on table "public"."tags" from "service_role";
grant delete on table "public"."tags" to "service_role" with grant option;
grant insert on table "public"."tags" to "service_role";
grant select on table "public"."tags" to "service_role";
alter publication "supabase_realtime" add table "public"."projects";
revoke execute on routine "private"."my_tenants"() from public;
create publication "tags" for table "public"."tags" ("id", "label") where (id > 0) with (publish = 'insert, update', publish_via_partition_root = false);
create or replace function extensions.files_stays(
  file_id uuid, new_bucket_id text, new_name text, new_owner uuid, new_owner_id text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as '
declare
  file record;
  caller text := auth.jwt() ->> ''sub'';
begin
  select stored.bucket_id, stored.name, stored.owner, stored.owner_id into file
  from storage.objects as stored where stored.id = file_id;
  if not found then
    return false;
  end if;
  if ''files'' not in (file.bucket_id, new_bucket_id) then
    return true;
  end if;
  return file.bucket_id = new_bucket_id
    and (storage.foldername(file.name))[1] is not distinct from (storage.foldername(new_name))[1]
    and (new_owner is not distinct from file.owner or new_owner::text = lower(caller))
    and (new_owner_id is not distinct from file.owner_id or new_owner_id = caller);
end
';
grant execute on routine "extensions"."files_stays"(uuid, text, text, uuid, text) to "anon";
grant execute on routine "extensions"."files_stays"(uuid, text, text, uuid, text) to "authenticated";
revoke execute on routine "extensions"."files_stays"(uuid, text, text, uuid, text) from public;
create policy "read avatars" on "storage"."objects" for select to "anon", "authenticated" using (objects.bucket_id = 'avatars');
alter table "public"."members" enable row level security;
create policy "own" on "public"."members" for select to "authenticated" using (members.user_id = (auth.jwt() ->> 'sub'));
revoke maintain on table "public"."members" from "anon";
revoke references on table "public"."members" from "anon";
revoke trigger on table "public"."members" from "anon";
revoke truncate on table "public"."members" from "anon";
revoke maintain on table "public"."members" from "authenticated";
revoke references on table "public"."members" from "authenticated";
revoke trigger on table "public"."members" from "authenticated";
revoke truncate on table "public"."members" from "authenticated";
grant select on table "public"."members" to "authenticated";
grant delete on table "public"."members" to "service_role";
grant insert on table "public"."members" to "service_role";
grant select on table "public"."members" to "service_role";
grant update on table "public"."members" to "service_role";
create policy "room_topic_send" on "realtime"."messages" for insert to "authenticated" with check (messages.extension = any (string_to_array('broadcast,presence', ',')) and messages.topic = (select realtime.topic()) and starts_with((select realtime.topic()), 'room:') and (substr((select realtime.topic()), 6) = any (array(select private.my_tenants()))));
create policy "files_insert" on "storage"."objects" for insert to "authenticated" with check (objects.bucket_id = 'files' and ((storage.foldername(objects.name))[1] = any (array(select private.my_tenants()))) and objects.name !~* '(^|/)\.{0,2}(/|$)|[\\[:cntrl:]]|%(2e|2f|5c)' and 
(objects.owner_id is null or objects.owner_id = (select auth.jwt() ->> 'sub'))
and (objects.owner is null or objects.owner::text = (select lower(auth.jwt() ->> 'sub'))));
alter table "public"."projects" enable row level security;
create policy "projects_delete" on "public"."projects" for delete to "authenticated" using (projects.tenant_id = any (array(select private.my_tenants())));
create policy "projects_insert" on "public"."projects" for insert to "authenticated" with check (projects.tenant_id = any (array(select private.my_tenants())));
create policy "projects_select" on "public"."projects" for select to "authenticated" using (projects.tenant_id = any (array(select private.my_tenants())));
create policy "projects_update" on "public"."projects" for update to "authenticated" using (projects.tenant_id = any (array(select private.my_tenants()))) with check (projects.tenant_id = any (array(select private.my_tenants())));
revoke maintain on table "public"."projects" from "anon";
revoke references on table "public"."projects" from "anon";
revoke trigger on table "public"."projects" from "anon";
revoke truncate on table "public"."projects" from "anon";
revoke maintain on table "public"."projects" from "authenticated";
revoke references on table "public"."projects" from "authenticated";
revoke trigger on table "public"."projects" from "authenticated";
revoke truncate on table "public"."projects" from "authenticated";
grant delete on table "public"."projects" to "authenticated";
grant insert ("tenant_id") on table "public"."projects" to "authenticated";
grant insert ("title") on table "public"."projects" to "authenticated";
grant select on table "public"."projects" to "authenticated";
grant update ("title") on table "public"."projects" to "authenticated";
revoke maintain on table "public"."projects" from "service_role";
revoke references on table "public"."projects" from "service_role";
revoke trigger on table "public"."projects" from "service_role";
revoke truncate on table "public"."projects" from "service_role";
grant delete on table "public"."projects" to "service_role";
grant insert on table "public"."projects" to "service_role";
grant select on table "public"."projects" to "service_role";
grant update on table "public"."projects" to "service_role";
create policy "room_topic_receive" on "realtime"."messages" for select to "authenticated" using (messages.extension = any (string_to_array('broadcast,presence', ',')) and messages.topic = (select realtime.topic()) and starts_with((select realtime.topic()), 'room:') and (substr((select realtime.topic()), 6) = any (array(select private.my_tenants()))));
create policy "files_select" on "storage"."objects" for select to "authenticated" using (objects.bucket_id = 'files' and ((storage.foldername(objects.name))[1] = any (array(select private.my_tenants()))));
create policy "files_delete" on "storage"."objects" for delete to "authenticated" using (objects.bucket_id = 'files' and ((storage.foldername(objects.name))[1] = any (array(select private.my_tenants()))));
create policy "files_stays" on "storage"."objects" as restrictive for update to "anon", "authenticated" using (true) with check (extensions.files_stays(objects.id, objects.bucket_id, objects.name, objects.owner, objects.owner_id));
create policy "files_update" on "storage"."objects" for update to "authenticated" using (objects.bucket_id = 'files' and ((storage.foldername(objects.name))[1] = any (array(select private.my_tenants())))) with check (objects.bucket_id = 'files' and ((storage.foldername(objects.name))[1] = any (array(select private.my_tenants()))) and objects.name !~* '(^|/)\.{0,2}(/|$)|[\\[:cntrl:]]|%(2e|2f|5c)');
