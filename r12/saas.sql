alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated;
create schema if not exists basejump; grant usage on schema basejump to authenticated, service_role;
create schema kit; grant usage on schema kit to authenticated;
create type basejump.account_role as enum ('owner', 'member');
create type basejump.subscription_status as enum ('trialing','active','canceled','incomplete','incomplete_expired','past_due','unpaid');
create type public.app_permission as enum ('roles.manage','billing.manage','settings.manage','members.manage','invites.manage');
create table basejump.config (enable_team_accounts boolean default true, enable_personal_account_billing boolean default true, billing_provider text default 'stripe');
alter table basejump.config enable row level security;
grant select on basejump.config to authenticated, service_role;
create policy "Basejump settings can be read by authenticated users" on basejump.config for select to authenticated using (true);
create or replace function basejump.is_set(field_name text) returns boolean as $$
declare result boolean;
begin
  execute format('select %I from basejump.config limit 1', field_name) into result;
  return result;
end; $$ language plpgsql;
grant execute on function basejump.is_set(text) to authenticated;
create table basejump.accounts (
  id uuid unique not null default extensions.uuid_generate_v4() primary key, primary_owner_user_id uuid references auth.users not null default auth.uid(),
  name text, slug text unique, personal_account boolean default false not null, updated_at timestamptz, created_at timestamptz,
  created_by uuid references auth.users, updated_by uuid references auth.users,
  private_metadata jsonb default '{}'::jsonb, public_metadata jsonb default '{}'::jsonb,
  constraint slug_null check ((personal_account = true and slug is null) or (personal_account = false and slug is not null)));
grant select, insert, update, delete on basejump.accounts to authenticated, service_role;
create table basejump.account_user (user_id uuid references auth.users on delete cascade not null, account_id uuid references basejump.accounts on delete cascade not null, account_role basejump.account_role not null, primary key (user_id, account_id));
grant select, insert, update, delete on basejump.account_user to authenticated, service_role;
alter table basejump.account_user enable row level security; alter table basejump.accounts enable row level security;
create or replace function basejump.has_role_on_account(account_id uuid, account_role basejump.account_role default null) returns boolean language sql security definer set search_path = public as $$
  select exists(select 1 from basejump.account_user wu where wu.user_id = auth.uid() and wu.account_id = has_role_on_account.account_id and (wu.account_role = has_role_on_account.account_role or has_role_on_account.account_role is null)); $$;
grant execute on function basejump.has_role_on_account(uuid, basejump.account_role) to authenticated, anon, public, service_role;
create or replace function basejump.get_accounts_with_role(passed_in_role basejump.account_role default null) returns setof uuid language sql security definer set search_path = public as $$
  select account_id from basejump.account_user wu where wu.user_id = auth.uid() and (wu.account_role = passed_in_role or passed_in_role is null) $$;
grant execute on function basejump.get_accounts_with_role(basejump.account_role) to authenticated;
create policy "users can view their own account_users" on basejump.account_user for select to authenticated using (user_id = auth.uid());
create policy "users can view their teammates" on basejump.account_user for select to authenticated using (basejump.has_role_on_account(account_id) = true);
create policy "Account users can be deleted by owners except primary account owner" on basejump.account_user for delete to authenticated
  using ((basejump.has_role_on_account(account_id, 'owner') = true) and user_id != (select primary_owner_user_id from basejump.accounts where account_id = accounts.id));
create policy "Accounts are viewable by members" on basejump.accounts for select to authenticated using (basejump.has_role_on_account(id) = true);
create policy "Accounts are viewable by primary owner" on basejump.accounts for select to authenticated using (primary_owner_user_id = auth.uid());
create policy "Team accounts can be created by any user" on basejump.accounts for insert to authenticated with check (basejump.is_set('enable_team_accounts') = true and personal_account = false);
create policy "Accounts can be edited by owners" on basejump.accounts for update to authenticated using (basejump.has_role_on_account(id, 'owner') = true);
create or replace function basejump.protect_account_fields() returns trigger as $$ begin
  if current_user in ('authenticated', 'anon') then if new.id <> old.id or new.personal_account <> old.personal_account then raise exception 'You do not have permission to update this field'; end if; end if; return new; end $$ language plpgsql;
create trigger basejump_protect_account_fields before update on basejump.accounts for each row execute function basejump.protect_account_fields();
create or replace function basejump.run_new_user_setup() returns trigger language plpgsql security definer set search_path = public as $$ declare first_account_id uuid; begin
  insert into basejump.accounts (name, primary_owner_user_id, personal_account, id) values (split_part(new.email, '@', 1), new.id, true, new.id) returning id into first_account_id;
  insert into basejump.account_user values (new.id, first_account_id, 'owner'); return new; end $$;
create trigger on_auth_user_created after insert on auth.users for each row execute procedure basejump.run_new_user_setup();
create table basejump.invitations (id uuid primary key default gen_random_uuid(), account_role basejump.account_role not null, account_id uuid references basejump.accounts on delete cascade not null,
  token text unique not null default encode(extensions.gen_random_bytes(15), 'base64'), invited_by_user_id uuid references auth.users not null, account_name text, created_at timestamptz default now(),
  invitation_type text not null check (invitation_type in ('one_time','24_hour')));
alter table basejump.invitations enable row level security;
grant select, insert, update, delete on basejump.invitations to authenticated, service_role;
create policy "Invitations viewable by account owners" on basejump.invitations for select to authenticated using (created_at > (now() - interval '24 hours') and basejump.has_role_on_account(account_id, 'owner') = true);
create policy "Invitations can be created by account owners" on basejump.invitations for insert to authenticated with check (basejump.is_set('enable_team_accounts') = true and (select personal_account from basejump.accounts where id = account_id) = false and basejump.has_role_on_account(account_id, 'owner') = true);
create table basejump.billing_subscriptions (id text primary key, account_id uuid references basejump.accounts on delete cascade not null, status basejump.subscription_status, metadata jsonb, price_id text, quantity integer, cancel_at_period_end bool, current_period_end timestamptz default timezone('utc'::text, now()) not null, provider text);
alter table basejump.billing_subscriptions enable row level security;
create policy "Can only view own subscription data." on basejump.billing_subscriptions for select using (basejump.has_role_on_account(account_id) = true);
create policy "live only" on basejump.billing_subscriptions as restrictive for select using (status in ('trialing', 'active') or status is null and coalesce((metadata ->> 'grace')::int, 0) > 3);
grant select on table basejump.billing_subscriptions to authenticated;
grant select, insert, update, delete on table basejump.billing_subscriptions to service_role;
create table public.roles (name varchar(50) primary key, hierarchy_level int not null check (hierarchy_level > 0), unique (hierarchy_level));
alter table public.roles enable row level security; grant select on public.roles to authenticated, service_role;
create policy roles_read on public.roles for select to authenticated using (true);
create table public.role_permissions (id bigint generated by default as identity primary key, role varchar(50) references public.roles(name) not null, permission public.app_permission not null, unique (role, permission));
alter table public.role_permissions enable row level security; revoke all on public.role_permissions from authenticated, anon, service_role;
grant select on public.role_permissions to authenticated, supabase_auth_admin; grant all on public.role_permissions to service_role;
create policy "Allow auth admin to read" on public.role_permissions as permissive for select to supabase_auth_admin using (true);
create policy memberships_only on public.role_permissions for select to authenticated using (role = 'owner' or role in ('admin', 'member') and permission <> 'billing.manage');
create or replace function public.has_permission(user_id uuid, account_id uuid, permission_name public.app_permission) returns boolean set search_path = '' as $$
begin return exists (select 1 from basejump.account_user m join public.role_permissions rp on m.account_role::text = rp.role where m.user_id = has_permission.user_id and rp.permission = has_permission.permission_name); end; $$ language plpgsql;
grant execute on function public.has_permission(uuid, uuid, public.app_permission) to authenticated, service_role;
create or replace function public.custom_access_token_hook(event jsonb) returns jsonb language plpgsql stable as $$ begin return jsonb_set(event, '{claims,role}', '"x"'); end $$;
grant usage on schema public to supabase_auth_admin; grant execute on function public.custom_access_token_hook to supabase_auth_admin;
revoke execute on function public.custom_access_token_hook from authenticated, anon, public;
create table public.orders (id text primary key, account_id uuid not null references basejump.accounts, total numeric, currency varchar(3) not null, due date, items jsonb[] default '{}', tags text[], state text);
alter table public.orders enable row level security;
create policy orders_read_self on public.orders for select to authenticated using ((account_id = (select auth.uid()) and basejump.is_set('enable_account_billing')) or (basejump.has_role_on_account(account_id) and public.has_permission((select auth.uid()), account_id, 'billing.manage'::public.app_permission)));
create policy orders_state on public.orders for update to authenticated using (case when state = 'draft' then account_id = auth.uid() when state in ('open', 'sent', 'disputed', 'overdue', 'written off') then public.has_permission(auth.uid(), account_id, 'billing.manage') and due > current_date - interval '30 days' else false end)
  with check (tags && array['a', 'b']::text[] or currency = any ('{EUR,USD}') or due between '2024-01-01' and '2030-12-31' or total > 0.5);
insert into storage.buckets (id, name, public) values ('account_image', 'account_image', true), ('contracts', 'contracts', false);
create or replace function kit.get_storage_filename_as_uuid(name text) returns uuid set search_path = '' as $$ begin return replace(storage.filename(name), concat('.', storage.extension(name)), '')::uuid; end; $$ language plpgsql;
grant execute on function kit.get_storage_filename_as_uuid(text) to authenticated, service_role;
create policy account_image on storage.objects for all using (bucket_id = 'account_image' and (kit.get_storage_filename_as_uuid(name) = auth.uid() or basejump.has_role_on_account(kit.get_storage_filename_as_uuid(name))))
  with check (bucket_id = 'account_image' and (kit.get_storage_filename_as_uuid(name) = auth.uid() or public.has_permission(auth.uid(), kit.get_storage_filename_as_uuid(name), 'settings.manage')));
create policy "Give users access to own folder 1oj01fe_0" on storage.objects for select to authenticated using (bucket_id = 'contracts' and auth.uid()::text = (storage.foldername(name))[1]);
create policy "Give users access to own folder 1oj01fe_1" on storage.objects for insert to authenticated with check (bucket_id = 'contracts' and auth.uid()::text = (storage.foldername(name))[1] and (storage."extension"(name)) in ('pdf', 'docx'));
create or replace view public.user_account_workspace with (security_invoker = true) as select a.id, a.name, s.status from basejump.accounts a left join basejump.billing_subscriptions s on s.account_id = a.id where a.primary_owner_user_id = (select auth.uid()) limit 1;
grant select on public.user_account_workspace to authenticated, service_role;
create schema supabase_functions; create function supabase_functions.http_request() returns trigger language plpgsql as 'begin return new; end';
create trigger webhook after insert on public.orders for each row execute function supabase_functions.http_request('https://example.com/hook', 'POST', '{"Content-Type":"application/json"}', '{}', '1000');
create trigger webhook_key after update on public.orders for each row execute function supabase_functions.http_request('https://example.com/hook', 'POST', '{"Authorization":"Bearer eyJhbGciOiJIUzI1NiJ9.canary.x"}', '{}', '1000');
