import type { Properties, Value } from "../../../infra/values/properties.ts";

/** A resource with every property set, of which any number can be made; each is changed by hand in one way. */
export interface Sample {
  readonly kind: string;
  /** What one sample needs to exist. */
  readonly setup: (key: string) => string;
  readonly input: (key: string) => Properties;
  /**
   * Values for properties that can't be invented from their type (flags and choices can), by path with `*` for names: another value, another
   * item of a list, or another entry of a record.
   */
  readonly others: Readonly<Record<string, Value>>;
  /** Properties that say which object it is; another value is another object. */
  readonly identity: readonly string[];
  /** Properties that the kind changes in one direction only, so that none of its plans drifts from them; changes by hand stand for those. Default: none. */
  readonly byHand?: readonly string[];
}

export const definition = (key: string, body = "select id = 'a'") =>
  `create function private.drift_${key}(id text default 'a') returns boolean language sql stable security definer cost 5 parallel safe set search_path = '' as $$ ${body} $$`;

export const samples: readonly Sample[] = [
  {
    kind: "TableAccess",
    setup: (key) => `create table public.drift_${key} (id text primary key, title text, status text, priority int)`,
    input: (key) => ({
      table: `public.drift_${key}`,
      owner: "postgres",
      rowSecurity: true,
      forceRowSecurity: true,
      policies: {
        read: { command: "select", roles: ["anon", "authenticated"], as: "permissive", using: "id in ('a', 'b')" },
        write: {
          command: "update",
          roles: ["authenticated"],
          as: "permissive",
          using: "id = 'a'",
          withCheck: "title = 'x'",
        },
        narrow: { command: "all", roles: ["public"], as: "restrictive", using: "priority between 1 and 5" },
      },
      grants: {
        anon: ["select"],
        authenticated: { select: true, update: ["title", "status"], delete: true },
        service_role: "all",
      },
    }),
    others: {
      owner: "drift_owner",
      policies: { added: { using: "true" } },
      "policies.*": { using: "true" },
      "policies.*.roles": "service_role",
      "policies.*.using": "true",
      "policies.*.withCheck": "true",
      grants: { drift_role: ["select"] },
      "grants.*": "truncate",
      "grants.*.*": "priority",
    },
    identity: ["table"],
  },
  {
    kind: "Policy",
    setup: () => "select",
    input: (key) => ({
      table: "storage.objects",
      name: `drift ${key}`,
      command: "update",
      roles: ["anon", "authenticated"],
      as: "permissive",
      using: `bucket_id in ('${key}', 'b')`,
      withCheck: `bucket_id = '${key}'`,
    }),
    others: { roles: "service_role", using: "true", withCheck: "true" },
    identity: ["table", "name"],
  },
  {
    kind: "ExclusivePolicies",
    setup: (key) =>
      `create table public.drift_${key} (id text primary key); create policy read on public.drift_${key} using (id = 'a')`,
    input: (key) => ({ table: `public.drift_${key}`, policies: ["read"] }),
    others: {},
    identity: ["table"],
    byHand: ["policies"],
  },
  {
    kind: "Function",
    setup: () => "select",
    input: (key) => ({ definition: definition(key), owner: "postgres", execute: ["authenticated", "service_role"] }),
    others: {
      definition: `create function private.drift_*(id text default 'a') returns boolean language sql as 'select true'`,
      owner: "drift_owner",
      execute: "anon",
    },
    identity: [],
  },
  {
    kind: "Publication",
    setup: (key) =>
      ["a", "b", "c"]
        .map(
          (name) =>
            `create table public.drift_${key}_${name} (id text, title text, status text, primary key (id, title))`,
        )
        .join(";"),
    input: (key) => ({
      name: `drift_${key}`,
      owner: "postgres",
      tables: {
        [`public.drift_${key}_a`]: { columns: ["id", "title"], where: "id in ('a', 'b')" },
        [`public.drift_${key}_b`]: {},
      },
      publish: ["insert", "update"],
      viaPartitionRoot: true,
    }),
    others: {
      owner: "drift_publisher",
      tables: { "public.drift_*_c": {} },
      "tables.*": {},
      "tables.*.columns": "status",
      "tables.*.where": "id = 'c'",
    },
    identity: ["name"],
  },
  {
    kind: "Bucket",
    setup: () => "select",
    input: (key) => ({
      name: `drift-${key}`,
      public: true,
      fileSizeLimit: "5MB",
      allowedMimeTypes: ["image/png", "image/jpeg"],
      avifAutodetection: true,
    }),
    others: { fileSizeLimit: 1, allowedMimeTypes: "text/html" },
    identity: ["name"],
  },
  {
    kind: "Schema",
    setup: () => "select",
    input: (key) => ({
      name: `drift_${key}`,
      owner: "postgres",
      grants: { authenticated: ["usage"], service_role: ["usage", "create"] },
    }),
    others: { owner: "drift_publisher", grants: { anon: ["usage"] }, "grants.*": "create with grant option" },
    identity: ["name"],
  },
];

/** What all samples share. */
export const commonSetup = `
  create schema private;
  do $$ declare name text; begin
    foreach name in array array['drift_owner', 'drift_publisher', 'drift_role', 'drift_agent'] loop
      if not exists (select from pg_roles where rolname = name) then execute format('create role %I', name); end if;
      execute format('grant %I to postgres', name);
    end loop;
  end $$;
  grant usage, create on schema public, private to drift_owner;
  do $$ begin execute format('grant create on database %I to drift_publisher', current_database()); end $$`;
