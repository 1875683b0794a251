import type { QualifiedName } from "../sql/quote.ts";
import type { TextForm } from "../sql/same-text.ts";
import type { Path } from "../values/properties.ts";
import type { Question } from "./question.ts";
import type { UseAnswer } from "./use.ts";

/** A question about a declaration: whether the server would take it. Found: a SQL text as the server prints it, if it is about one. */
export interface Probe extends Question<string | undefined> {
  /** The property that it is about. */
  readonly path: Path;
  /** The SQL text in question. */
  readonly sql?: string;
  /** The table in question. */
  readonly table?: QualifiedName;
  /** The columns that the table has to have. */
  readonly columns?: readonly string[];
  /**
   * Asks what the text uses, for whoever knows what becomes of that.
   * @param future rows of the table as they will be, as SQL for FROM, on which a condition is tried as well
   */
  askUse?(future: string | undefined): Question<UseAnswer>;
}

/** A question about a SQL text that the server stores in its own words. */
export interface TextProbe extends Probe {
  readonly sql: string;
  /** How the text is parsed. */
  readonly form: TextForm;
  read(canonical: string): string;
}

/** A SQL text that the server stores in its own words. */
export interface Text {
  readonly path: Path;
  readonly sql: string;
  readonly probe: TextProbe;
}
