import { namesIn } from "../access/shadowing/names.ts";
import { safePath } from "../access/shadowing/search-path.ts";
import { canBeShadowed, nothingKnown } from "../access/shadowing/shadowable.ts";
import { newestVersion } from "../catalog/newest-version.ts";
import type { PolicyDefinition } from "../desired/policy-definition.ts";
import type { TableAccess } from "../kinds/table-access/kind.ts";
import { readFunctionText } from "../sql/function-text.ts";
import { formatName } from "../sql/names.ts";

export interface Rule {
  readonly name: string;
  readonly description: string;
  /** A mandatory rule fails the preview, an advisory one warns. */
  readonly enforcementLevel: "mandatory" | "advisory";
  /** The problems with a resource's properties, which are in normal form. */
  judge(kind: string, properties: Readonly<Record<string, unknown>>): readonly string[];
}

const anonymous = ["anon", "public"];
const writes = ["insert", "update", "delete", "truncate"];

/** If a Supabase advisor checks for the same, its number is given with the rule. */
export const rules = [
  {
    name: "row-security-is-on",
    description: "A declared table has row-level security on (advisor 0013).",
    enforcementLevel: "mandatory",
    judge: onTables(({ table, rowSecurity }) =>
      rowSecurity === false ? [`row-level security is off: whoever has a grant on ${table} reaches every row`] : [],
    ),
  },
  {
    name: "anonymous-callers-do-not-write",
    description: "Neither anon nor everybody (public) is granted insert, update, delete or truncate.",
    enforcementLevel: "mandatory",
    judge: onTables(({ table, grants = {} }) =>
      anonymous.flatMap((role) => {
        const held = writes.filter((privilege) => grants[role]?.[privilege] !== undefined);
        return held.length === 0 ? [] : [`${role} may ${held.join(", ")} on ${table} without signing in`];
      }),
    ),
  },
  {
    name: "truncate-is-for-nobody",
    description: "TRUNCATE asks no policy, so the API's roles don't hold it.",
    enforcementLevel: "mandatory",
    judge: onTables(({ table, grants = {} }) =>
      Object.entries(grants).flatMap(([role, privileges]) =>
        privileges.truncate === undefined ? [] : [`${role} may empty ${table}, whatever its policies say`],
      ),
    ),
  },
  {
    name: "no-write-policy-is-always-true",
    description: "A permissive policy for writing tests something (advisor 0024).",
    enforcementLevel: "mandatory",
    judge: onPolicies((name, { command, as, using, withCheck }) => {
      const isOpen = command !== "select" && as !== "restrictive" && [using, withCheck].some(isAlwaysTrue);
      return isOpen ? [`the policy ${name} lets every row be written: its condition is always true`] : [];
    }),
  },
  {
    name: "no-policy-trusts-user-metadata",
    description: "Users edit their own user_metadata, so no policy may rest on it (advisor 0015).",
    enforcementLevel: "mandatory",
    judge: onPolicies((name, { using = "", withCheck = "" }) =>
      /\b(raw_)?user_meta_?data\b/.test(`${using} ${withCheck}`)
        ? [`the policy ${name} rests on user_metadata, which users edit themselves`]
        : [],
    ),
  },
  {
    name: "definer-functions-fix-their-search-path",
    description:
      "A SECURITY DEFINER function sets search_path, with pg_temp last where a name has no schema, or its caller chooses what its names mean (advisor 0011).",
    enforcementLevel: "mandatory",
    judge(kind, { definition }) {
      if (kind !== "Function" || typeof definition !== "string") return [];
      const text = readFunctionText(definition);
      if (!text.isSecurityDefiner) return [];
      const advice = `add: set search_path = ${safePath(text.searchPath, []).map(formatName).join(", ")}`;
      if (text.searchPath === undefined)
        return [`the function runs with its owner's rights and a search_path of its caller's; ${advice}`];
      // The pack does not ask the server for its version; the preview does.
      const names = namesIn(text, newestVersion).unqualified.filter((name) =>
        canBeShadowed(name, text.searchPath, text, nothingKnown),
      );
      const listed = (found: typeof names) => [...new Set(found.map(({ name }) => name))].join(", ");
      const lookedUp = names.filter(({ kind: of }) => of !== "temporary");
      const temporary = names.filter(({ kind: of }) => of === "temporary");
      return [
        ...(lookedUp.length === 0
          ? []
          : [
              `the function runs with its owner's rights, and a caller can put temporary objects in the place of ${listed(lookedUp)}: pg_temp is searched first unless search_path names it last; ${advice}`,
            ]),
        ...(temporary.length === 0
          ? []
          : [
              `the function runs with its owner's rights and uses temporary tables that a caller may have made beforehand: ${listed(temporary)}; make them in the function itself, after DROP TABLE IF EXISTS and without IF NOT EXISTS`,
            ]),
      ];
    },
  },
  {
    name: "buckets-limit-what-they-take",
    description: "A bucket says how large files may be, and of which types.",
    enforcementLevel: "advisory",
    judge(kind, { fileSizeLimit, allowedMimeTypes }) {
      if (kind !== "Bucket") return [];
      return [
        ...(fileSizeLimit === undefined ? ["the bucket has no fileSizeLimit"] : []),
        ...(allowedMimeTypes === undefined ? ["the bucket has no allowedMimeTypes"] : []),
      ];
    },
  },
] as const satisfies readonly Rule[];

/**
 * The name of a rule of the policy pack. It is what a violation is reported under, and the key under which `accessPolicies` takes another level.
 * @see https://www.pulumi.com/docs/iac/crossguard/core-concepts/#policy
 * @example
 * const name: RuleName = "buckets-limit-what-they-take";
 */
export type RuleName = (typeof rules)[number]["name"];

function onTables(judge: (access: TableAccess) => readonly string[]): Rule["judge"] {
  return (kind, properties) => (kind === "TableAccess" ? judge(properties as TableAccess) : []);
}

function onPolicies(judge: (name: string, policy: PolicyDefinition) => readonly string[]): Rule["judge"] {
  return (kind, properties) => {
    if (kind === "Policy") return judge(String(properties.name), properties as PolicyDefinition);
    if (kind !== "TableAccess") return [];
    return Object.entries((properties as TableAccess).policies ?? {}).flatMap(([name, policy]) => judge(name, policy));
  };
}

/** The usual ways to write a condition that is always true. Whether any other one is, only the server can tell. */
function isAlwaysTrue(condition: string | undefined): boolean {
  return condition !== undefined && ["true", "(true)", "1=1", "1 = 1"].includes(condition.trim().toLowerCase());
}
