import { isPlatformSchema } from "../sql/platform-schemas.ts";
import { type QualifiedName, quoteIdentifier, quoteLiteral, quoteQualified } from "../sql/quote.ts";

/**
 * The longest that our transactions wait for the platform's locks. On hosted projects, any statement about a policy
 * locks all of the platform's tables (auth.users, storage.objects and twenty more), one after the other, until its
 * transaction ends. So our transactions take turns, and either get all the locks within half a second or release them.
 * The first attempt takes a fifth of its `lock_timeout`, 50 milliseconds: it usually fails because a transaction of the
 * application holds one of these tables and waits for another that we hold, and no longer wait would help.
 * The application's transactions hold some of these tables and wait for others; one that waits for us for longer than
 * `deadlock_timeout` (a second), while we wait for it, would be cancelled as the deadlock's victim.
 * @see https://github.com/supabase/supautils
 * @see https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-DEADLOCK-TIMEOUT
 */
const longestWaitMilliseconds = 500;

/**
 * The statements as one script. If one of them locks the platform's tables, the script first waits for its turn and for
 * its own tables. It then takes the platform's locks by a statement that does nothing else, so that no later statement
 * has to wait.
 * @param tables the tables that the statements affect
 */
export function scriptOf(statements: readonly string[], tables: readonly QualifiedName[]): string {
  if (!statements.some(locksPlatform)) return statements.join(";\n");
  const [table] = tables;
  const own = tables.filter(({ schema }) => !isPlatformSchema(schema));
  return [
    takeTurn,
    ...own.map((name) => lockTable(name, "access exclusive")),
    ...(table === undefined ? [] : takeLocks(table)),
    ...statements,
  ].join(";\n");
}

/**
 * SQL that waits until no other transaction of ours, in any process, holds the platform's locks or is about to take
 * them. It has to come before any lock on one of the platform's tables; otherwise two of our transactions could wait
 * for each other.
 */
export const takeTurn = [
  ...["lock_timeout", "statement_timeout"].map(save),
  "set local lock_timeout = '60s'",
  "set local statement_timeout = 0",
  // "plat": distinguishes this lock from other advisory locks.
  `select pg_catalog.pg_advisory_xact_lock(${0x706c6174}, 0)`,
  ...["lock_timeout", "statement_timeout"].map(restore),
].join(";\n");

/**
 * A SQL statement that locks a table. The platform prevents that for some of its tables. A missing table is ignored
 * here, because a later error about it is clearer.
 */
export function lockTable(table: QualifiedName, mode: "share update exclusive" | "access exclusive"): string {
  return `do ${quoteLiteral(`begin lock table only ${quoteQualified(table)} in ${mode} mode;
    exception when insufficient_privilege or undefined_table or invalid_schema_name or wrong_object_type then null; end`)}`;
}

/** Any statement about a policy takes the locks, even if the policy does not exist. */
function takeLocks(table: QualifiedName): readonly string[] {
  const lockStatement = `drop policy if exists ${quoteIdentifier("palisade takes the platform's locks")} on ${quoteQualified(table)}`;
  return [
    ...["statement_timeout", "client_min_messages"].map(save),
    // Suppresses the server's notice that there is no such policy.
    "set local client_min_messages = error",
    `select pg_catalog.set_config('statement_timeout', least(${longestWaitMilliseconds},
      nullif(${milliseconds("lock_timeout")}, 0) / 5, ${milliseconds("deadlock_timeout")} / 2)::pg_catalog.int4::pg_catalog.text, true)`,
    `do ${quoteLiteral(`begin execute ${quoteLiteral(lockStatement)};
      exception when query_canceled then raise lock_not_available using message = 'the platform''s tables were not free in time'; end`)}`,
    ...["statement_timeout", "client_min_messages"].map(restore),
  ];
}

/** A SQL expression for the current value of a setting, which is printed as `250ms`, `1s` or `0`. */
function milliseconds(setting: string): string {
  return `extract(epoch from pg_catalog.current_setting('${setting}')::pg_catalog.interval) * 1000`;
}

function save(name: string): string {
  return `select pg_catalog.set_config('palisade.${name}', pg_catalog.current_setting('${name}'), true)`;
}

function restore(name: string): string {
  return `select pg_catalog.set_config('${name}', pg_catalog.current_setting('palisade.${name}'), true)`;
}

/** The statements are generated here, so their beginnings are known. */
function locksPlatform(statement: string): boolean {
  return /^(?:(?:create|alter|drop) policy|drop trigger) /.test(statement);
}
