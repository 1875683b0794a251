import { readFileSync } from "node:fs";
import { join } from "node:path";
import { functionCases } from "./functions.ts";
import { allSpelledOut, grantCases, grantRoles } from "./grants.ts";
import { namedConditions } from "./named-conditions.ts";
import { publicationCases } from "./publications.ts";
import { queryConditions } from "./query-conditions.ts";
import { newerTaskConditions, taskConditions } from "./task-conditions.ts";

/** One resource as a program would declare it. */
export interface Declaration {
  /** The resource kind, `TableAccess`. */
  readonly kind: string;
  /** The resource's name. */
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Corpus {
  readonly declarations: readonly Declaration[];
  /** How many expressions, definitions, grants and publications it holds. */
  readonly size: number;
}

/** What the corpus is written against, for a database that has the platform's schemas. Roles are the server's, so they may exist already. */
export function corpusSchema(): string {
  const roles = grantRoles.map(
    (role) => `do $do$ begin create role ${quoted(role)}; exception when duplicate_object then null; end $do$;`,
  );
  const tables = [...grantCases, {}].map(
    (_, index) => `create table public.granted_${index} (like public."Task Items", title text, status text);`,
  );
  const schema = readFileSync(join(import.meta.dirname, "schema.sql"), "utf8");
  return [...roles, schema, ...tables].join("\n");
}

/** Everything, as one program for a server of this version; what it is too old for, or an older `syntax` is, is left out. */
export function readCorpus(serverVersion: number, syntax = serverVersion): Corpus {
  const isKnown = ({ since }: { readonly since?: number }) => since === undefined || syntax >= since;
  const grants = [...grantCases, allSpelledOut(serverVersion)];
  const tasks = [...taskConditions, ...newerTaskConditions.filter(isKnown).map(({ condition }) => condition)];
  const shared = Object.entries(namedConditions).filter(([table]) => /^(storage|realtime|auth)\./.test(table));
  const owned = Object.entries(namedConditions).filter(([table]) => !/^(storage|realtime|auth)\./.test(table));
  const conditions = { "public.tasks": [...tasks, ...queryConditions], ...Object.fromEntries(owned) };
  const functions = functionCases.filter(isKnown);
  const declarations: Declaration[] = [
    ...Object.entries(conditions).map(([table, list]) => ({
      kind: "TableAccess",
      name: table,
      input: {
        table,
        // Conditions that read every table, their own too, would lead back to themselves.
        rowSecurity: false,
        policies: Object.fromEntries(
          list.map((condition, index) => [policyName(index), policy(list, condition, index)]),
        ),
      },
    })),
    ...shared.flatMap(([table, list]) =>
      list.map((condition, index) => ({
        kind: "Policy",
        name: `${table} ${index}`,
        input: { table, name: policyName(index), ...policy(list, condition, index) },
      })),
    ),
    ...shared.map(([table, list]) => ({
      kind: "ExclusivePolicies",
      name: table,
      input: { table, policies: list.map((_, index) => policyName(index)) },
    })),
    ...functions.map(({ definition, execute }, index) => ({
      kind: "Function",
      name: `function ${index}`,
      input: { definition, ...(execute === undefined ? {} : { execute }) },
    })),
    ...grants.map((given, index) => ({
      kind: "TableAccess",
      name: `granted ${index}`,
      input: { table: `public.granted_${index}`, grants: given },
    })),
    ...publicationCases.map((input, index) => ({ kind: "Publication", name: `publication ${index}`, input })),
  ];
  const expressions = Object.values({ ...conditions, ...Object.fromEntries(shared) }).flat().length;
  return { declarations, size: expressions + functions.length + grants.length + publicationCases.length };
}

const roles = [
  ["authenticated"],
  undefined,
  ["authenticated", "anon"],
  ["anon", "authenticated"],
  ["service_role", "authenticated", "anon", "anon"],
  ["public"],
  ["authenticated", "public"],
  ["Corpus Upper", "corpus role"],
];
const commands = ["select", "insert", "update", "delete", "all", undefined] as const;

/** The condition as a policy; command, roles and kind go through every combination. */
function policy(list: readonly string[], condition: string, index: number): Readonly<Record<string, unknown>> {
  const command = commands[index % commands.length];
  const other = list[(index * 7 + 1) % list.length];
  return {
    ...(command === undefined ? {} : { command }),
    ...(roles[index % roles.length] === undefined ? {} : { roles: roles[index % roles.length] }),
    ...(index % 7 === 0 ? { as: "restrictive" } : index % 3 === 0 ? { as: "permissive" } : {}),
    ...(command === "insert" ? {} : { using: condition }),
    ...(command === "insert" ? { withCheck: condition } : command === "update" ? { withCheck: other } : {}),
  };
}

/** Policies have names in sentences, so most of these do. */
function policyName(index: number): string {
  const styles = [
    `policy_${index}`,
    `Policy ${index} of "people"`,
    `it's no. ${index}; drop table x --`,
    `Zugriff für Mitglieder 名前 😀 ${index}`,
    `a.b/${index}`,
  ];
  return styles[index % styles.length] ?? "";
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
