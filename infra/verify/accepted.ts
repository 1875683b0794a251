import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { InputError } from "../errors/errors.ts";
import type { Findings } from "./report.ts";

/** A finding that has not been accepted, or an accepted finding that no longer occurs. */
export interface AcceptedDifference {
  readonly object: string;
  readonly kind: string;
  readonly line: string;
  readonly isNew: boolean;
}

/**
 * Reads the findings that a reviewer has accepted. Undefined: none have been accepted yet.
 * @throws {InputError} if the file does not hold accepted findings
 */
export function readAccepted(file: string): Findings | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Findings;
  } catch (error) {
    throw new InputError(
      `${file} can't be read: ${error instanceof Error ? error.message : error}; take it from version control, or write it anew with --accept`,
    );
  }
}

export function writeAccepted(file: string, found: Findings): void {
  writeFileSync(file, `${JSON.stringify(found, undefined, 2)}\n`);
}

export function compareAccepted(accepted: Findings, found: Findings): readonly AcceptedDifference[] {
  const [before, after] = [linesOf(accepted), linesOf(found)];
  return [
    ...[...after].filter(([key]) => !before.has(key)).map(([, line]) => ({ ...line, isNew: true })),
    ...[...before].filter(([key]) => !after.has(key)).map(([, line]) => ({ ...line, isNew: false })),
  ];
}

function linesOf(findings: Findings): ReadonlyMap<string, Omit<AcceptedDifference, "isNew">> {
  return new Map(
    Object.entries(findings).flatMap(([object, kinds]) =>
      Object.entries(kinds).flatMap(([kind, lines]) =>
        lines.map((line) => [JSON.stringify([object, kind, line]), { object, kind, line }] as const),
      ),
    ),
  );
}
