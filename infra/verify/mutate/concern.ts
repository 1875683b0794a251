import type { Attempt } from "../attempt.ts";
import type { Surroundings } from "./equivalence.ts";
import { mentions } from "./helpers.ts";
import type { Mutation } from "./mutation.ts";

/** What is tried of a mutation: the attempts that it concerns by their table and command, those of its tables, and all others. */
export function ringsOf(
  mutation: Mutation,
  attempts: readonly Attempt[],
  surroundings: Surroundings,
): readonly (readonly Attempt[])[] {
  const objects = objectsConcerned(mutation, surroundings);
  const isNear = ({ object, row }: Attempt) => objects.has(object) || objects.has(row.table);
  const isFirst = (attempt: Attempt) =>
    isNear(attempt) && (mutation.commands === undefined || mutation.commands.includes(commandOf(attempt)));
  return [
    attempts.filter(isFirst),
    attempts.filter((attempt) => isNear(attempt) && !isFirst(attempt)),
    attempts.filter((attempt) => !isNear(attempt)),
  ];
}

function commandOf({ command }: Attempt): string {
  if (command === "move" || command === "point") return "update";
  if (command === "receive") return "select";
  return command === "send" ? "insert" : command;
}

/** The table; or the function with those that call it, and the tables whose policies do. */
function objectsConcerned({ object }: Mutation, { before, helpers }: Surroundings): ReadonlySet<string> {
  const own = helpers.find(({ called }) => called.signature === object);
  if (own === undefined) return new Set([object]);
  const calling = new Set([own]);
  for (let size = -1; size !== calling.size; ) {
    size = calling.size;
    for (const helper of helpers)
      if ([...calling].some(({ called }) => mentions(helper.definition, called))) calling.add(helper);
  }
  const tables = [...before.relations].flatMap(([id, { policies }]) =>
    policies.some(({ using = "", withCheck = "" }) =>
      [...calling].some(({ called }) => mentions(`${using} ${withCheck}`, called)),
    )
      ? [id]
      : [],
  );
  return new Set([...[...calling].map(({ called }) => called.signature), ...tables]);
}
