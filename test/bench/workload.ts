import { quoteIdentifier, quoteQualified } from "../../infra/sql/quote.ts";
import type { Properties } from "../../infra/values/properties.ts";

/** How much is declared: design.md's measure is 200 tables with five policies each. */
export interface Size {
  readonly tables: number;
  readonly functions: number;
  readonly buckets: number;
  /** Whether a perimeter is declared as well. Default: no. */
  readonly hasPerimeter?: boolean;
}

export const policiesPerTable = 5;
export const ordinarySize: Size = { tables: 200, functions: 200, buckets: 20 };
/** Ten times of everything: 10,000 policies. */
export const largeSize: Size = { tables: 2000, functions: 2000, buckets: 200 };

/** One resource as a program declares it. */
export interface Declaration {
  readonly kind: "Function" | "TableAccess" | "Publication" | "Bucket" | "Perimeter";
  readonly name: string;
  readonly inputs: Properties;
  /** The name of the function resource that the policies call. */
  readonly uses?: string;
}

/** What the stack under measurement declares: tables of many tenants, each with the policies such a table has in earnest. */
export function declareWorkload(size: Size): Declaration[] {
  const functions = numbers(size.functions).map(declareFunction);
  const tables = numbers(size.tables).map((number) => declareTable(number, (number % size.functions) + 1));
  const publication: Declaration = {
    kind: "Publication",
    name: "supabase_realtime",
    inputs: { name: "supabase_realtime", tables: numbers(size.tables).map((number) => `public.${tableName(number)}`) },
  };
  const buckets = numbers(size.buckets).map(
    (number): Declaration => ({
      kind: "Bucket",
      name: `bucket-${padded(number)}`,
      inputs: {
        name: `bucket-${padded(number)}`,
        public: number % 3 === 0,
        fileSizeLimit: "50MB",
        allowedMimeTypes: ["image/png", "image/jpeg", "application/pdf"],
      },
    }),
  );
  const perimeters: readonly Declaration[] = size.hasPerimeter ? [{ kind: "Perimeter", name: "api", inputs: {} }] : [];
  return [...functions, ...tables, publication, ...buckets, ...perimeters];
}

/** Statements that make what the stack does not: the tables, and the functions' schema. */
export function prepareDatabase(size: Size): string {
  return [
    "create schema private",
    ...numbers(size.tables).map(
      (number) => `create table ${quoteQualified({ schema: "public", name: tableName(number) })} (
        id text primary key, organization_id text not null, owner_id text, title text not null, created_at timestamptz not null default now())`,
    ),
  ].join(";\n");
}

function declareFunction(number: number): Declaration {
  const name = `organizations_${padded(number)}`;
  return {
    kind: "Function",
    name,
    inputs: {
      definition: `-- The organisations that the claims of the request name, for the tables of group ${number}.
create or replace function private.${quoteIdentifier(name)}()
returns setof text
language sql
stable
security definer
parallel safe
rows 10
set search_path = ''
as $$
  select organization
  from jsonb_array_elements_text(
    coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb -> 'organizations'
  ) as claimed(organization)
  where organization <> ${quoted(`nobody-${number}`)}
$$;
`,
      execute: ["authenticated"],
    },
  };
}

function declareTable(number: number, functionNumber: number): Declaration {
  const name = tableName(number);
  const helper = `organizations_${padded(functionNumber)}`;
  const members = `${name}.organization_id = any (array(select private.${helper}()))`;
  const owned = `${name}.owner_id = (select current_setting('request.jwt.claim.sub', true))`;
  const roles = ["authenticated"];
  return {
    kind: "TableAccess",
    name,
    uses: helper,
    inputs: {
      table: `public.${name}`,
      policies: {
        [`${name}_select`]: { command: "select", roles, using: members },
        [`${name}_insert`]: { command: "insert", roles, withCheck: members },
        [`${name}_update`]: { command: "update", roles, using: members, withCheck: members },
        [`${name}_delete`]: { command: "delete", roles, using: `${members} and ${owned}` },
        [`${name}_titled`]: { command: "all", roles, as: "restrictive", using: "length(title) between 0 and 200" },
      },
      grants: {
        authenticated: ["select", "insert", "update", "delete"],
        service_role: ["select", "insert", "update", "delete"],
      },
    },
  };
}

function tableName(number: number): string {
  return `items_${padded(number)}`;
}

function padded(number: number): string {
  return String(number).padStart(4, "0");
}

function quoted(text: string): string {
  return `'${text}'`;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
