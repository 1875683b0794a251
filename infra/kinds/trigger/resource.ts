import type * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { afterMigrationsOf, DatabaseResource, tableOf } from "../../program/database-resource.ts";
import type { Made } from "../../program/needs.ts";
import { knownText, tableName } from "../../program/table-inputs.ts";
import type { QualifiedName } from "../../sql/quote.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import type { triggerArgs } from "./args.ts";

/**
 * The arguments of a `Trigger`.
 * @example
 * const args: TriggerArgs = { table: app.tasks, timing: "before", events: ["update"], function: "public.touch()" };
 */
export interface TriggerArgs extends ArgsOf<typeof triggerArgs, "name"> {}

/**
 * A trigger on a table or view of your own, or on one of the platform's where a hosted project allows it, such as
 * `auth.users`.
 *
 * A change is one statement, so the trigger never misses a row; only a constraint trigger is dropped and created again,
 * in one transaction. A trigger with another name or table is created before the old one is dropped, so for a moment
 * both fire. Deleting the resource drops the trigger.
 *
 * Errors at preview: a table, column or function that does not exist, or a function that does not return `trigger`; the
 * database's message on `when`; what PostgreSQL does not allow, such as FOR EACH ROW on TRUNCATE; a trigger on one of
 * the platform's tables that a hosted project refuses; a table that belongs to somebody else.
 *
 * @example
 * new Trigger("on_auth_user_created", {
 *   table: "auth.users", timing: "after", events: ["insert"], function: "public.handle_new_user()",
 * });
 * @example
 * new Trigger("tasks_status", {
 *   table: app.tasks, timing: "after", events: ["update"], updateOf: [app.tasks.title],
 *   when: "old.title is distinct from new.title", function: "private.note_title()", arguments: ["title"],
 * });
 * @see https://www.postgresql.org/docs/current/sql-createtrigger.html
 * @see https://supabase.com/docs/guides/auth/managing-user-data#using-triggers
 */
export class Trigger extends DatabaseResource {
  declare readonly table: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: TriggerArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`Trigger ${name}`, args, ["table", "function"]);
    const given = { ...args, name: args.name ?? name };
    super({
      kind: "Trigger",
      name,
      args: given,
      options,
      describe: (known) => {
        const table = known(tableName(args.table));
        const found = tableOf(table);
        const called = known(args.function);
        return {
          makes: found && madeOf(found, known(given.name) ?? name),
          // Written as a call, with or without parentheses.
          needed: [table, called && `${called} ()`, knownText(args.when, known)],
        };
      },
    });
  }
}

function madeOf(table: QualifiedName, name: string): Made {
  return {
    identity: ["trigger", table.schema, table.name, name],
    table,
    afterMigrations: afterMigrationsOf(table, "likely"),
  };
}
