import type { QualifiedName } from "../sql/quote.ts";
import type { TextForm } from "../sql/same-text.ts";
import type { Path } from "../values/properties.ts";
import type { Question } from "./question.ts";
import type { UseAnswer } from "./use.ts";

/**
 * Asks whether the server would accept a declaration. For a SQL text, the answer is the text as the server prints it.
 */
export interface Probe extends Question<string | undefined> {
  /** The property in question. */
  readonly path: Path;
  /** The SQL text in question. */
  readonly sql?: string;
  /** The table in question. */
  readonly table?: QualifiedName;
  /** The columns that the table needs to have. */
  readonly columns?: readonly string[];
  /**
   * Asks what the text uses, for callers that know which objects will change.
   * @param future the table's future rows, as SQL for FROM, on which a condition is tried as well
   */
  askUse?(future: string | undefined): Question<UseAnswer>;
}

/** A question about a SQL text that the server stores in its own wording. */
export interface TextProbe extends Probe {
  readonly sql: string;
  /** How the text is parsed. */
  readonly form: TextForm;
  read(canonical: string): string;
}

/** A SQL text that the server stores in its own wording. */
export interface Text {
  readonly path: Path;
  readonly sql: string;
  readonly probe: TextProbe;
}
