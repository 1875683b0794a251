import { findMissingExtensions, type MissingExtensions, missingLocally } from "../../catalog/missing-extensions.ts";
import { InputError } from "../../errors/errors.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { loadParser, type Statement, splitStatements } from "../../sql/parser.ts";
import { type ExtensionUse, extensionUsesOf, isHostedOnly, namesMadeBy } from "../../sql/platform-extensions.ts";
import { listWords } from "../../values/list-words.ts";
import { lineOf } from "../scripts/script.ts";

interface Script {
  readonly name: string;
  readonly script: string;
}

type Need = ExtensionUse & { readonly migration: string; readonly line: number };

/**
 * Refuses pending migrations that need an extension which the server does not have, before anything is judged by what they would make.
 * What a DO block makes is not known, so nothing is said of a name that one before it mentions.
 * @throws {InputError}
 */
export async function refuseMissingExtensions(scripts: readonly Script[], operation: Operation): Promise<void> {
  await loadParser();
  const needs = needsOf(scripts);
  if (needs.length === 0) return;
  const database = await operation.database();
  const missing = await database.look((session) => findMissingExtensions(needs, session));
  const lines = describe(missing);
  if (lines.length > 0) throw new InputError(lines.join("\n"));
}

function needsOf(scripts: readonly Script[]): readonly Need[] {
  const made = new Set<string>();
  const blocks: string[] = [];
  const needs: Need[] = [];
  for (const { name: migration, script } of scripts) {
    for (const statement of statementsOf(script)) {
      const isExcused = ({ name, extension }: ExtensionUse) =>
        made.has(name) || blocks.some((text) => text.includes(name) || text.includes(extension));
      const uses = extensionUsesOf(statement.node).filter((use) => !isExcused(use));
      needs.push(...uses.map((use) => ({ ...use, migration, line: lineOf(script, statement) })));
      for (const name of namesMadeBy(statement.node)) made.add(name);
      if ("DoStmt" in statement.node) blocks.push(statement.text.toLowerCase());
    }
  }
  return needs;
}

/** A script that the parser can't read is refused elsewhere, or left to a later server. */
function statementsOf(script: string): readonly Statement[] {
  try {
    return splitStatements(script);
  } catch {
    return [];
  }
}

/** Of a name alone, a server that is not the local one may know something of its own; the server itself speaks in the update. */
function describe({ uses, isLocal }: MissingExtensions<Need>): readonly string[] {
  const told = firstOfEach(uses.filter(({ extension }) => isLocal && isHostedOnly(extension)));
  const made = firstOfEach(uses.filter(({ kind, extension }) => kind === "extension" && !told.has(extension)));
  return [
    ...describeHosted([...told.values()]),
    ...[...made.values()].map(
      (need) =>
        `the pending migration ${place(need)}, can't be applied: extension "${need.extension}" is not available`,
    ),
  ];
}

function firstOfEach(needs: readonly Need[]): ReadonlyMap<string, Need> {
  const first = new Map<string, Need>();
  for (const need of needs) if (!first.has(need.extension)) first.set(need.extension, need);
  return first;
}

function describeHosted(needs: readonly Need[]): readonly string[] {
  if (needs.length === 0) return [];
  const things = needs.map((need) => {
    const { kind, extension, written } = need;
    return `${kind === "extension" ? `the extension ${extension}` : `${written} of ${extension}`} (${place(need)})`;
  });
  const [subject, standIn] = needs.length === 1 ? ["migration needs", "a stand-in"] : ["migrations need", "stand-ins"];
  return [
    `the pending ${subject} ${listWords(things, 5)}, ${missingLocally(
      `let them make ${standIn} of your own where pg_available_extensions lacks the extension`,
    )}`,
  ];
}

function place({ migration, line }: Need): string {
  return `${migration}, line ${line}`;
}
