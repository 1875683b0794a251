import { findMissingExtensions, type MissingExtensions, missingLocally } from "../../catalog/missing-extensions.ts";
import { InputError } from "../../errors/errors.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { loadParser, type Statement, splitStatements } from "../../sql/parser.ts";
import {
  type ExtensionUse,
  extensionCallsIn,
  extensionUsesOf,
  isHostedOnly,
  namesMadeBy,
} from "../../sql/platform-extensions.ts";
import { listWords } from "../../values/list-words.ts";
import { lineOf } from "../scripts/script.ts";

interface Script {
  readonly name: string;
  readonly script: string;
}

interface Need extends ExtensionUse {
  readonly migration: string;
  readonly line: number;
  /** Whether the server resolves it only when a function runs. */
  readonly isInBody: boolean;
}

/**
 * Refuses pending migrations that need an extension which the server does not have, before anything is judged by what
 * the migrations would create. The effects of a DO block are not known, so nothing is reported about a name that an
 * earlier DO block mentions.
 * @param report is called for functions that will fail when they run
 * @throws {InputError}
 */
export async function refuseMissingExtensions(
  scripts: readonly Script[],
  operation: Operation,
  report?: (message: string, severity: "warning") => void,
): Promise<void> {
  await loadParser();
  const needs = needsOf(scripts);
  if (needs.length === 0) return;
  const database = await operation.database();
  const missing = await database.look((session) => findMissingExtensions(needs, session));
  const { isLocal } = missing;
  const lines = describe({ isLocal, uses: missing.uses.filter(({ isInBody }) => !isInBody) });
  const calls = describeCalls({ isLocal, uses: missing.uses.filter(({ isInBody }) => isInBody) });
  if (calls !== undefined) report?.(calls, "warning");
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
      const found = (uses: readonly ExtensionUse[], isInBody: boolean) =>
        uses
          .filter((use) => !isExcused(use))
          .map((use) => ({ ...use, isInBody, migration, line: lineOf(script, statement) }));
      needs.push(...found(extensionUsesOf(statement.node), false), ...found(extensionCallsIn(statement.node), true));
      for (const name of namesMadeBy(statement.node)) made.add(name);
      if ("DoStmt" in statement.node) blocks.push(statement.text.toLowerCase());
    }
  }
  return needs;
}

/** A script that can't be parsed is refused elsewhere, or left to a later server. */
function statementsOf(script: string): readonly Statement[] {
  try {
    return splitStatements(script);
  } catch {
    return [];
  }
}

/**
 * A server other than the local one may have an object of that name itself, so a bare name is left for the server to
 * refuse in the update.
 */
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

/** PostgreSQL accepts such a function, and so does an update. */
function describeCalls({ uses, isLocal }: MissingExtensions<Need>): string | undefined {
  const calls = [...firstOfEach(uses).values()];
  if (!isLocal || calls.length === 0) return undefined;
  return `functions of the pending migrations call ${listThings(calls)}, ${missingLocally(
    "these calls fail there, unless you make stand-ins of your own",
  )}`;
}

function listThings(needs: readonly Need[]): string {
  const things = needs.map((need) => {
    const { kind, extension, written } = need;
    return `${kind === "extension" ? `the extension ${extension}` : `${written} of ${extension}`} (${place(need)})`;
  });
  return listWords(things, 5);
}

function describeHosted(needs: readonly Need[]): readonly string[] {
  if (needs.length === 0) return [];
  const [subject, standIn] = needs.length === 1 ? ["migration needs", "a stand-in"] : ["migrations need", "stand-ins"];
  return [
    `the pending ${subject} ${listThings(needs)}, ${missingLocally(
      `let them make ${standIn} of your own where pg_available_extensions lacks the extension`,
    )}`,
  ];
}

function place({ migration, line }: Need): string {
  return `${migration}, line ${line}`;
}
