import type { Entry } from "../../desired/default-privileges.ts";
import { conditionsFor, policyOf } from "../../desired/policy-definition.ts";
import { isMadeByPlatform, realtimePublication } from "../../sql/platform-schemas.ts";
import { quoteIdentifier, quoteQualified } from "../../sql/quote.ts";
import { listWords } from "../../values/list-words.ts";
import { isPlatformPublication, isUsualDefault } from "./baseline.ts";
import { closeBucket, closeDatabase, closeDefault, closeSchema } from "./close.ts";
import { extentOf, rowCommands } from "./extent.ts";
import type { Finding, IsDeclared, ReachedObject, Severity } from "./finding.ts";
import type {
  DefaultPrivilege,
  Reachable,
  ReachableBucket,
  ReachableDatabase,
  ReachablePublication,
  ReachableSchema,
} from "./reachable.ts";
import type { Rights } from "./rights.ts";

export function findSchema(schema: ReachableSchema, rights: Rights): Finding | undefined {
  if (rights.holds(schema, "create") === undefined) return undefined;
  return {
    schema: schema.name,
    owner: schema.owner,
    roles: [rights.role],
    object: { kind: "schema", id: schema.name },
    severity: "acts for others",
    text: `may create objects in the schema ${schema.name}, which can hide objects that others call. No resource declares the schema`,
    remedy: closeSchema(schema, rights.role),
  };
}

/**
 * A role that may create schemas can shadow names for others, because their `search_path` may include such a schema.
 */
export function findDatabase(database: ReachableDatabase, rights: Rights): Finding | undefined {
  if (rights.holds(database, "create") === undefined) return undefined;
  return {
    owner: database.owner,
    roles: [rights.role],
    object: { kind: "database", id: database.name },
    severity: "acts for others",
    text: `may create schemas in the database ${database.name}. No resource can declare that`,
    remedy: closeDatabase(database, rights.role),
    advice: `revoke it, as ${database.owner}`,
  };
}

export function findBucket(bucket: ReachableBucket): Finding | undefined {
  if (!bucket.public) return undefined;
  return {
    roles: ["public"],
    object: { kind: "bucket", id: bucket.id },
    severity: "reads every row",
    text: `may download every file of the bucket ${bucket.id} by its URL: it is public. No resource declares it`,
    remedy: closeBucket(bucket.id),
  };
}

export function findPublication(publication: ReachablePublication): Finding | undefined {
  const { name, allTables, schemas, tables } = publication;
  if (isPlatformPublication(name) || (!allTables && schemas.length === 0 && tables.length === 0)) return undefined;
  const what = allTables
    ? "every table"
    : [...tables, ...schemas.map((schema) => `every table of the schema ${schema}`)].join(", ");
  const isRealtime = name === realtimePublication;
  return {
    roles: [isRealtime ? "subscribers" : "replication clients"],
    object: { kind: "publication", id: name },
    severity: isRealtime ? "little" : "reads some rows",
    text: `receive the changes of ${what} by the publication ${name}. No resource declares it`,
    // Dropping it would make its subscribers lose their position.
    remedy: [],
    advice: isRealtime ? "declare a Publication for it" : "drop the publication, or declare a Publication for it",
  };
}

/** What default privileges grant on future objects. */
export function findDefault(entry: DefaultPrivilege, role: string): Finding | undefined {
  // Only entries for the role itself or for everybody. What PostgreSQL grants by default has no entry.
  const held = entry.privileges.filter((each) => each.role === role && !isUsualDefault(entry, each.privilege));
  if (held.length === 0 || (entry.objects === "types" && role === "public")) return undefined;
  // For functions, PostgreSQL itself grants EXECUTE to everybody; such an entry only repeats that.
  if (role === "public" && entry.objects === "functions") return undefined;
  const where = entry.schema === undefined ? "" : ` in the schema ${entry.schema}`;
  const privileges = held.map(({ privilege }) => privilege);
  return {
    owner: entry.owner,
    roles: [role],
    object: defaultOf(entry),
    severity: severityOfDefault(entry, privileges),
    text: `may ${listWords(privileges)} on ${entry.objects} that ${entry.owner} makes${where} from now on: default privileges say so`,
    remedy: closeDefault(entry, privileges, role),
  };
}

export function defaultOf({ owner, schema, objects }: Entry): ReachedObject {
  return { kind: "default privileges", id: [owner, ...(schema === undefined ? [] : [schema]), objects].join(" ") };
}

function severityOfDefault({ objects }: DefaultPrivilege, privileges: readonly string[]): Severity {
  if (objects === "functions") return "acts for others";
  if (objects !== "tables") return "little";
  return privileges.some((name) => ["insert", "update", "delete", "truncate"].includes(name))
    ? "writes every row"
    : "reads every row";
}

/**
 * Policies that give requests access to the platform's tables. Each is reported separately, because those tables can't
 * be declared as a whole.
 */
export function findPlatformPolicies(
  reachable: Reachable,
  rights: readonly Rights[],
  isDeclared: IsDeclared,
): readonly Finding[] {
  return [...reachable.relations].flatMap(([id, relation]) => {
    if (!isMadeByPlatform(relation.schema) || isDeclared({ kind: "policies", id })) return [];
    return relation.policies
      .filter((policy) => policy.permissive && !isDeclared({ kind: "policy", id: `${id}/${policy.name}` }))
      .flatMap((policy): Finding[] => {
        const open = rowCommands.filter(
          (each) =>
            (policy.command === "all" || policy.command === each) &&
            conditionsFor(policyOf(policy), each).some((condition) => condition !== "false"),
        );
        const isReached = (each: Rights) =>
          policy.roles.some((name) => each.roles.has(name)) &&
          open.some((command) => extentOf(relation, command, each).rows !== "none");
        const reached = rights.filter(isReached).map(({ role }) => role);
        if (reached.length === 0) return [];
        const isWide = [policy.using, policy.withCheck].every(
          (condition) => condition === undefined || condition === "true",
        );
        const writes = open.some((each) => each !== "select");
        return [
          {
            roles: reached,
            object: { kind: "policy", id: `${id}/${policy.name}` },
            severity: isWide ? (writes ? "writes every row" : "reads every row") : "reads some rows",
            text: `may ${listWords(open)} ${isWide ? "every row" : "rows"} of ${id} by the policy ${policy.name}. No resource declares it`,
            remedy: [`drop policy ${quoteIdentifier(policy.name)} on ${quoteQualified(relation)}`],
          },
        ];
      });
  });
}
