import { type ReachFact, reachCommands } from "../access/reach/fact.ts";
import { reachFacts } from "../access/reach/facts.ts";
import { findUndeclared } from "../access/reach/find.ts";
import { countWaysIn, type Finding } from "../access/reach/finding.ts";
import { formatFacts, formatFindings } from "../access/reach/format.ts";
import type { Reachable } from "../access/reach/reachable.ts";
import { readDeclaredStack } from "../contract/declared-stack.ts";
import { InputError } from "../errors/errors.ts";
import { kinds } from "../kinds/registry.ts";
import { answeredFor } from "../lifecycle/answered-for.ts";
import { isNormal, type NormalDeclaration, normaliseDeclarations } from "../lifecycle/normal-declarations.ts";
import { Operation } from "../lifecycle/operation.ts";
import { plannedReach } from "../lifecycle/planned-reach.ts";
import { projectCommand } from "../settings/project-command.ts";
import { projectDirectory } from "../settings/project-folder.ts";
import { loadParser } from "../sql/parser.ts";
import { readOptions } from "./read-options.ts";
import { findStackDatabase } from "./stack-database.ts";

const usage = `${projectCommand("reach")}                      who reaches what in the stack's database, role by role
${projectCommand("reach", ["--undeclared"])}         only what no resource of the program declares, the worst first

  --stack NAME       whose database; the selected stack unless told
  --role NAME        only this role; may be given several times. Default: every role that a request can act as
  --object NAME      only this object, such as public.tasks or "private.is_member(text)"
  --who-can COMMAND  only this command: ${reachCommands.join(", ")}
  --planned          as it will be once the program is deployed, without what pending migrations and a Perimeter change
  --all              with what extensions and the platform brought along
  --json             as data, for other programs

With --undeclared the exit code is 1 where there is something. Nothing is changed.`;

/** `palisade reach`: who reaches what in the live database. */
export async function run(args: readonly string[], directory = projectDirectory): Promise<number> {
  const { help, undeclared, planned, all, json, stack: named, role, object, "who-can": command } = readArguments(args);
  if (help) {
    console.error(usage);
    return 0;
  }
  const { stack, connectionString } = await findStackDatabase(named, directory);
  const operation = new Operation({
    kinds,
    connect: async () => connectionString,
    adopt: false,
    stack,
    projectDirectory: directory,
  });
  try {
    const declared = undeclared || planned ? await readDeclared(directory, stack, operation) : [];
    const reachable = planned ? await plannedReach(declared, operation) : await operation.reachable();
    if (undeclared) {
      const found = withinPerimeter(findUndeclared(reachable, answeredFor(declared)), declared);
      console.log(json ? JSON.stringify(found, undefined, 2) : formatFindings(found));
      console.error(`${countWaysIn(found.length)} that no resource declares.`);
      return found.length > 0 ? 1 : 0;
    }
    await loadParser();
    refuseUnknown(reachable, { role, object, command });
    const isWanted = (fact: ReachFact) =>
      (object === undefined || fact.object.id === object) && (command === undefined || fact.command === command);
    const facts = reachFacts(reachable, role.length === 0 ? { all } : { roles: role, all }).filter(isWanted);
    console.log(json ? JSON.stringify(facts, undefined, 2) : formatFacts(facts));
    return 0;
  } finally {
    await operation.close();
  }
}

interface Filter {
  readonly role: readonly string[];
  readonly object: string | undefined;
  readonly command: string | undefined;
}

/** @throws {InputError} for a name that does not exist: an empty answer would look as if nobody could reach it */
function refuseUnknown({ roles, relations, functions, schemas, buckets = [] }: Reachable, filter: Filter): void {
  const { object, command } = filter;
  const role = filter.role.find((name) => !roles.has(name));
  if (role !== undefined) throw new InputError(`--role: the database has no role ${role}`);
  if (command !== undefined && !(reachCommands as readonly string[]).includes(command)) {
    throw new InputError(`--who-can: ${command} is no such command; it is one of ${reachCommands.join(", ")}`);
  }
  const isThere = (id: string) =>
    [roles, relations, functions, schemas].some((named) => named.has(id)) || buckets.some((bucket) => bucket.id === id);
  if (object !== undefined && !isThere(object)) {
    throw new InputError(
      `--object: the database has no ${object}; write it as the list without --object does, such as public.tasks or "private.is_member(text)"`,
    );
  }
}

function readArguments(args: readonly string[]) {
  return readOptions(
    args,
    {
      stack: { type: "string", short: "s" },
      role: { type: "string", multiple: true, default: [] },
      object: { type: "string" },
      "who-can": { type: "string" },
      undeclared: { type: "boolean", default: false },
      planned: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
    usage,
  );
}

/** Removes the exceptions of the program's perimeter, if it has one. */
function withinPerimeter(found: readonly Finding[], declared: readonly NormalDeclaration[]): readonly Finding[] {
  const guard = declared.find(({ kind }) => kind.findingsWithin !== undefined);
  return guard?.kind.findingsWithin?.(found, guard.inputs) ?? found;
}

/** The program's declarations, in normal form. Resources with inputs that only an update knows are left out. */
async function readDeclared(
  directory: string,
  stack: string,
  operation: Operation,
): Promise<readonly NormalDeclaration[]> {
  const { server } = await operation.snapshot();
  const resources = await readDeclaredStack({ directory, stack });
  return (await normaliseDeclarations(resources, { server, operation })).filter(isNormal);
}
