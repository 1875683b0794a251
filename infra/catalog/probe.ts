import type { Database, Session } from "../database/database.ts";
import { readFunctionText } from "../sql/function-text.ts";
import { withoutLeakproof } from "../sql/leakproof.ts";
import { loadParser } from "../sql/parser.ts";
import { type QualifiedName, quoteLiteral, quoteQualified, quoteRole } from "../sql/quote.ts";
import { isReadOnly } from "../sql/references.ts";
import type { Path } from "../values/properties.ts";
import { type BodyQuestion, bodyFunctions, callBody } from "./body-probe.ts";
import { probeFunctions } from "./probe-functions.ts";
import { callRights, type ReadableBody, rightsFunctions } from "./rights-probe.ts";
import { callUse, useFunctions } from "./use-probe.ts";

/**
 * A question to the server about a declaration, answered inside a transaction that is rolled back, with no lock above ACCESS SHARE
 * on anybody's table.
 */
export type Probe =
  /** Is this a condition on the table's rows? Canonical form: the condition as the server prints it. */
  | { readonly kind: "condition"; readonly path: Path; readonly table: QualifiedName; readonly sql: string }
  /** Can this function be created, or replace the one there is? Canonical form: `pg_get_functiondef`. */
  | { readonly kind: "function"; readonly path: Path; readonly signature: string; readonly sql: string }
  /** Is there such a table (kinds by `relkind`)? */
  | { readonly kind: "relation"; readonly path: Path; readonly table: QualifiedName; readonly relkinds: string }
  /** Can the table be sent like this, and can its rows still be updated and deleted when it is? */
  | {
      readonly kind: "member";
      readonly path: Path;
      readonly table: QualifiedName;
      readonly columns: readonly string[];
      readonly where: string | undefined;
      /** Whether updates or deletes are sent, which need a way to tell rows apart. */
      readonly sendsOldRows: boolean;
      readonly viaPartitionRoot: boolean;
    }
  | {
      readonly kind: "column";
      readonly path: Path;
      readonly table: QualifiedName;
      readonly column: string;
      /** What to do where the table has no such column. */
      readonly advice?: string;
    }
  | { readonly kind: "role"; readonly path: Path; readonly role: string }
  /** What does the text use, and does it hold on the table as pending migrations will leave it? Canonical form: a `UseAnswer`. */
  | {
      readonly kind: "use";
      readonly path: Path;
      readonly of: Extract<Probe, { kind: "condition" | "function" }>;
      /** The table's rows as they will be, as SQL for FROM. */
      readonly future: string | undefined;
    }
  /** Which rights does whoever is asked this condition need? Canonical form: a list of `Need`. */
  | {
      readonly kind: "rights";
      readonly path: Path;
      readonly table: QualifiedName;
      readonly sql: string;
      /** The functions that the condition may lead to, whose bodies the server does not keep taken apart. */
      readonly bodies: readonly ReadableBody[];
      /** A function as it will be, as CREATE OR REPLACE FUNCTION. */
      readonly definition: string | undefined;
    }
  /** Which of a function's queries would fail when it runs? Canonical form: a list of `BodyRefusal`. */
  | {
      readonly kind: "body";
      readonly path: Path;
      readonly signature: string;
      readonly sql: string;
      readonly questions: readonly BodyQuestion[];
    };

export type Answer =
  | { readonly ok: true; readonly canonical: string }
  | { readonly ok: false; readonly message: string; readonly sqlState: string };

/**
 * Asks everything in one round trip: a temporary function catches each question's error by itself.
 * @param assumptions statements that are declared but not applied yet, made true for the length of the transaction
 */
export async function askServer(
  database: Database,
  probes: readonly Probe[],
  assumptions: readonly string[] = [],
): Promise<Answer[]> {
  if (probes.length === 0) return [];
  await loadParser();
  return await database.look(async (session) => await ask(session, probes, assumptions));
}

async function ask(session: Session, probes: readonly Probe[], assumptions: readonly string[]): Promise<Answer[]> {
  const assume = assumptions.map((sql) => `select pg_temp.palisade_assume(${quoteLiteral(sql)})`);
  const questions = probes.map((probe) => `select ${call(probe)} as answer`);
  const functions = [
    probeFunctions,
    ...(probes.some(({ kind }) => kind === "use") ? [useFunctions] : []),
    ...(probes.some(({ kind }) => kind === "body") ? [bodyFunctions] : []),
    ...(probes.some(({ kind }) => kind === "rights") ? [rightsFunctions] : []),
  ];
  const results = await session.run([...functions, ...assume, ...questions].join(";\n"));
  return results.slice(-probes.length).map((rows) => rows[0]?.answer as Answer);
}

function call(probe: Probe): string {
  switch (probe.kind) {
    case "condition":
      return `pg_temp.palisade_condition(${quoteLiteral(quoteQualified(probe.table))}, ${quoteLiteral(probe.sql)})`;
    case "function":
      return `pg_temp.palisade_function(${quoteLiteral(probe.signature)}, ${quoteLiteral(withoutLeakproof(probe.sql).sql)}, ${onlyReads(probe.sql)})`;
    case "relation":
      return `pg_temp.palisade_relation(${quoteLiteral(quoteQualified(probe.table))}, ${quoteLiteral(probe.relkinds)})`;
    case "member": {
      const columns = probe.columns.length === 0 ? "null" : `array[${probe.columns.map(quoteLiteral).join(", ")}]`;
      const where = probe.where === undefined ? "null" : quoteLiteral(probe.where);
      return `pg_temp.palisade_member(${quoteLiteral(quoteQualified(probe.table))}, ${columns}, ${where}, ${probe.sendsOldRows}, ${probe.viaPartitionRoot})`;
    }
    case "column":
      return `pg_temp.palisade_column(${quoteLiteral(quoteQualified(probe.table))}, ${quoteLiteral(probe.column)}, ${quoteLiteral(probe.advice ?? "")})`;
    case "role":
      return `pg_temp.palisade_role(${quoteLiteral(quoteRole(probe.role))})`;
    case "use":
      return callUse(probe);
    case "body":
      return callBody(probe);
    case "rights":
      return callRights(probe);
  }
}

/** Looking into a body that writes, the server would take the locks of writing; that body waits until it is created. */
function onlyReads(definition: string): boolean {
  try {
    return isReadOnly(readFunctionText(definition).statements ?? []);
  } catch {
    return true;
  }
}

/** A SQL text that the server stores in its own words. */
export interface Text {
  readonly path: Path;
  readonly sql: string;
  readonly probe: Probe;
}
