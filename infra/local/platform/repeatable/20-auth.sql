-- The factors of multi-factor sign-in in full: the documented policy for it reads their status.

set local role supabase_auth_admin;

do $$
begin
  if to_regtype('auth.factor_type') is null then
    create type auth.factor_type as enum ('totp', 'webauthn', 'phone');
  end if;
  if to_regtype('auth.factor_status') is null then
    create type auth.factor_status as enum ('unverified', 'verified');
  end if;
end
$$;

-- Rows that are there already get a value; new ones must have one.
alter table auth.mfa_factors
  add column if not exists friendly_name text,
  add column if not exists factor_type auth.factor_type not null default 'totp',
  add column if not exists status auth.factor_status not null default 'unverified',
  add column if not exists secret text,
  add column if not exists phone text,
  add column if not exists last_challenged_at timestamptz,
  add column if not exists web_authn_credential jsonb,
  add column if not exists web_authn_aaguid uuid,
  add column if not exists last_webauthn_challenge_data jsonb;
alter table auth.mfa_factors alter column factor_type drop default, alter column status drop default;

create unique index if not exists mfa_factors_last_challenged_at_key on auth.mfa_factors (last_challenged_at);
create unique index if not exists mfa_factors_user_friendly_name_unique on auth.mfa_factors (friendly_name, user_id)
  where trim(friendly_name) <> '';
create unique index if not exists unique_phone_factor_per_user on auth.mfa_factors (user_id, phone);
create index if not exists factor_id_created_at_idx on auth.mfa_factors (user_id, created_at);
create index if not exists mfa_factors_user_id_idx on auth.mfa_factors (user_id);

reset role;
