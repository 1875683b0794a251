import { createHash } from "node:crypto";
import { formatProblems, InputError, sqlStateOf } from "../../errors/errors.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { orReplace } from "../../sql/or-replace.ts";
import { quoteIdentifier } from "../../sql/quote.ts";
import { findDependents } from "./dependents.ts";
import { describeUse, isOwn, resourcesFor } from "./exchange.ts";
import type { DatabaseFunction } from "./kind.ts";

/**
 * If a function is to be dropped, because its parameters or its result change, checks that the stack's dependents are
 * valid with the new one, and makes all later questions of this preview assume the exchange.
 * @throws {InputError} if a dependent is not valid, or something else depends on the function
 */
export async function previewExchange({
  live,
  desired,
  former,
  quote,
  operation,
}: {
  readonly live: DatabaseFunction | undefined;
  readonly desired: DatabaseFunction;
  readonly former: DatabaseFunction | undefined;
  readonly quote: (signature: string) => string;
  readonly operation: Operation;
}): Promise<void> {
  const leaving = former ?? (live && (await mustBeDropped(live, desired, operation)) ? live : undefined);
  if (leaving === undefined) return;
  const { signature } = leaving;
  const database = await operation.database();
  const dependents = await database.look((session) => findDependents(session, quote(signature)));
  const foreign = dependents.filter((dependent) => !isOwn(dependent, operation));
  if (foreign.length > 0) {
    throw new InputError({
      path: ["definition"],
      message: `PostgreSQL can't replace ${signature} in place by this one, and it can't be dropped and made again: ${describeUse(foreign)}. Take it out of use there first, or give the function another name beside it`,
    });
  }
  operation.questions.assume(
    `alter routine ${quote(signature)} rename to ${quoteIdentifier(nameOfReplaced(signature))}`,
  );
  operation.questions.assume(orReplace(desired.definition));
  for (const dependent of dependents)
    if (dependent.kind !== "other") await examine(resourcesFor(dependent, operation), operation);
}

/** A name that is not in use. */
function nameOfReplaced(signature: string): string {
  return `palisade ${createHash("sha256").update(signature).digest("hex").slice(0, 32)}`;
}

/**
 * Checks dependents that are already declared, and marks all of them, so that those declared later are checked then.
 */
async function examine(resources: ReturnType<typeof resourcesFor>, operation: Operation): Promise<void> {
  for (const { kind, id } of resources) {
    operation.replacements.markAffected(kind.name, id);
    const declared = operation.declarations.find(kind.name, id);
    const probes = (declared && operation.kindNamed(kind.name)?.probes(declared.inputs)) ?? [];
    const answers = await operation.questions.ask(probes);
    const problems = answers.flatMap((answer, index) =>
      answer.ok ? [] : [{ ...answer, path: probes[index]?.path ?? [] }],
    );
    if (problems.length === 0) continue;
    throw new InputError({
      path: ["definition"],
      message: `what is declared for ${id} does not hold with this function: ${formatProblems(problems)}`,
    });
  }
}

/** Whether PostgreSQL can't replace the function in place, because its result or the names of its arguments change. */
async function mustBeDropped(
  live: DatabaseFunction,
  desired: DatabaseFunction,
  operation: Operation,
): Promise<boolean> {
  if (live.definition === desired.definition) return false;
  const database = await operation.database();
  try {
    await database.look((session) =>
      session.run(`set local check_function_bodies = off; ${orReplace(desired.definition)}`),
    );
    return false;
  } catch (error) {
    // invalid_function_definition, wrong_object_type
    return ["42P13", "42809"].includes(sqlStateOf(error) ?? "");
  }
}
