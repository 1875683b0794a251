import { UnreadableBody } from "../tokens.ts";
import type { Body } from "./body.ts";
import { Cursor } from "./cursor.ts";
import { readDeclaration } from "./declarations.ts";
import { BodyRecorder } from "./recorder.ts";
import { Scope, untyped, type Variable } from "./scope.ts";
import {
  compoundWords,
  expectedConditions,
  harmlessWords,
  ownWords,
  queryWords,
  raiseLevels,
} from "./statement-words.ts";

/**
 * Parses a body that the server has accepted as PL/pgSQL.
 * @throws {UnreadableBody} if it can't be parsed with certainty
 * @see https://www.postgresql.org/docs/current/plpgsql-structure.html
 */
export function readBody(text: string, variables: Iterable<readonly [string, Variable]>): Body {
  const reader = new BodyReader(text);
  return reader.read(new Scope([["found", { type: "boolean" }], ...variables]));
}

class BodyReader {
  readonly #text: string;
  readonly #cursor: Cursor;
  readonly #found = new BodyRecorder();

  constructor(text: string) {
    this.#text = text;
    this.#cursor = new Cursor(text);
  }

  read(scope: Scope): Body {
    while (this.#cursor.take("#")) {
      if (this.#cursor.name() === "variable_conflict") {
        this.#found.prefersVariables = this.#cursor.name() === "use_variable";
      } else this.#cursor.name();
    }
    this.#takeLabel();
    this.#readBlock(scope);
    this.#cursor.take(";");
    if (!this.#cursor.isAtEnd()) throw new UnreadableBody();
    // Names may refer to something else once the text itself changes the search_path.
    if (this.#cursor.tokens.some(({ value }) => value.toLowerCase().includes("search_path")))
      this.#found.changesSchema = true;
    return this.#found.body(this.#text, this.#cursor.tokens);
  }

  #readBlock(outer: Scope): void {
    const cursor = this.#cursor;
    let scope = outer;
    while (cursor.take("declare")) {
      while (!cursor.sees("begin") && !cursor.sees("declare")) {
        const { name, variable, queries, types } = readDeclaration(cursor, this.#text, scope);
        for (const query of queries) this.#found.ask(query, query.scope, query.form);
        this.#found.types.push(...types);
        scope = scope.with(name, variable);
      }
    }
    cursor.expect("begin");
    const first = this.#found.queryCount;
    this.#readStatements(scope, "exception", "end");
    if (cursor.take("exception")) {
      const end = this.#found.queryCount;
      const expectsMissing = this.#readHandlers(
        scope.with("sqlstate", { type: "text" }).with("sqlerrm", { type: "text" }),
      );
      if (expectsMissing) this.#found.dropQueries(first, end);
    }
    cursor.expect("end");
    if (!cursor.sees(";") && !cursor.isAtEnd()) cursor.name();
  }

  /** Whether a handler expects that something in the block does not exist. */
  #readHandlers(scope: Scope): boolean {
    const cursor = this.#cursor;
    let expectsMissing = false;
    this.#found.handling(() => {
      while (cursor.take("when")) {
        const { from, to } = cursor.until("then");
        cursor.expect("then");
        expectsMissing ||= cursor.tokens.slice(from, to).some(({ value }) => expectedConditions.has(value));
        this.#readStatements(scope, "when", "end");
      }
    });
    return expectsMissing;
  }

  #readStatements(scope: Scope, ...ends: readonly string[]): void {
    while (!ends.some((end) => this.#cursor.sees(end))) this.#readStatement(scope);
  }

  #readStatement(scope: Scope): void {
    const cursor = this.#cursor;
    if (this.#readAssignment(scope)) return;
    this.#takeLabel();
    if (compoundWords.some((word) => cursor.sees(word))) {
      this.#found.nested(() => this.#readCompound(scope));
    } else this.#readSimple(scope);
    cursor.expect(";");
  }

  #readCompound(scope: Scope): void {
    const cursor = this.#cursor;
    if (cursor.sees("declare") || cursor.sees("begin")) this.#readBlock(scope);
    else if (cursor.take("if")) this.#readIf(scope);
    else if (cursor.take("case")) this.#readCase(scope);
    else if (cursor.take("while")) {
      this.#found.ask(cursor.until("loop"), scope);
      this.#readLoop(scope);
    } else if (cursor.take("for")) this.#readFor(scope);
    else if (cursor.take("foreach")) {
      cursor.until("in");
      cursor.expect("in", "array");
      this.#found.ask(cursor.until("loop"), scope);
      this.#readLoop(scope);
    } else this.#readLoop(scope);
  }

  #readAssignment(scope: Scope): boolean {
    const cursor = this.#cursor;
    const isAssignment = cursor.ahead(() => {
      const { kind } = cursor.next();
      if (kind !== "word" && kind !== "name" && kind !== "parameter") return false;
      for (;;) {
        if (cursor.take(".")) cursor.name();
        else if (cursor.take("[")) {
          cursor.until("]");
          cursor.expect("]");
        } else return cursor.sees(":=") || cursor.sees("=");
      }
    });
    if (!isAssignment) return false;
    cursor.until(":=", "=");
    cursor.next();
    this.#found.ask(cursor.until(";"), scope);
    cursor.expect(";");
    return true;
  }

  #readIf(scope: Scope): void {
    const cursor = this.#cursor;
    do {
      this.#found.ask(cursor.until("then"), scope);
      cursor.expect("then");
      this.#readStatements(scope, "elsif", "elseif", "else", "end");
    } while (cursor.take("elsif") || cursor.take("elseif"));
    if (cursor.take("else")) this.#readStatements(scope, "end");
    cursor.expect("end", "if");
  }

  #readCase(scope: Scope): void {
    const cursor = this.#cursor;
    if (!cursor.sees("when")) this.#found.ask(cursor.until("when"), scope);
    while (cursor.take("when")) {
      for (const value of cursor.list("then")) this.#found.ask(value, scope);
      cursor.expect("then");
      this.#readStatements(scope, "when", "else", "end");
    }
    if (cursor.take("else")) this.#readStatements(scope, "end");
    cursor.expect("end", "case");
  }

  #readLoop(scope: Scope): void {
    const cursor = this.#cursor;
    cursor.expect("loop");
    this.#readStatements(scope, "end");
    cursor.expect("end", "loop");
    if (!cursor.sees(";")) cursor.name();
  }

  #readFor(scope: Scope): void {
    const cursor = this.#cursor;
    const targets = cursor.until("in");
    const name = cursor.tokens[targets.from]?.value ?? "";
    cursor.expect("in");
    if (cursor.take("execute")) {
      this.#readDynamic(scope, "loop");
      this.#readLoop(scope);
    } else if (this.#seesCursor(scope)) {
      cursor.until("loop");
      this.#readLoop(scope.with(name, untyped));
    } else this.#readRange(name, scope);
  }

  /** A range of numbers, or the rows of a query. */
  #readRange(name: string, scope: Scope): void {
    const cursor = this.#cursor;
    cursor.take("reverse");
    const first = cursor.until("..", "loop");
    if (cursor.take("..")) {
      this.#found.ask(first, scope);
      this.#found.ask(cursor.until("by", "loop"), scope);
      if (cursor.take("by")) this.#found.ask(cursor.until("loop"), scope);
      this.#readLoop(scope.with(name, { type: "integer" }));
    } else {
      this.#found.ask(first, scope, "query");
      this.#readLoop(scope);
    }
  }

  #seesCursor(scope: Scope): boolean {
    const cursor = this.#cursor;
    return cursor.ahead(() => {
      const { value, kind } = cursor.next();
      if ((kind !== "word" && kind !== "name") || scope.find(value) === undefined) return false;
      return cursor.sees("loop") || cursor.sees("(");
    });
  }

  #readSimple(scope: Scope): void {
    const cursor = this.#cursor;
    if (cursor.take("exit") || cursor.take("continue")) {
      cursor.until("when", ";");
      if (cursor.take("when")) this.#found.ask(cursor.until(";"), scope);
    } else if (cursor.take("return")) this.#readReturn(scope);
    else if (cursor.take("raise")) this.#readRaise(scope);
    else if (cursor.take("assert")) for (const value of cursor.list(";")) this.#found.ask(value, scope);
    else if (cursor.take("perform")) {
      this.#found.runsUnknown = true;
      this.#found.ask(cursor.until(";"), scope);
    } else if (cursor.take("execute")) {
      this.#readDynamic(scope, ";");
    } else if (cursor.take("open")) {
      cursor.until("for", ";");
      if (!cursor.take("for")) return;
      if (cursor.take("execute")) this.#readDynamic(scope, ";");
      else this.#found.ask(cursor.until(";"), scope, "query");
    } else {
      const isQuery = queryWords.some((word) => cursor.sees(word)) || cursor.sees("(");
      if (!isQuery && !harmlessWords.some((word) => cursor.sees(word))) {
        if (cursor.sees("call") || cursor.sees("do")) this.#found.runsUnknown = true;
        else this.#found.changesSchema = true;
      }
      const isSql = !ownWords.some((word) => cursor.sees(word));
      const span = cursor.until(";");
      if (isQuery) this.#found.ask(span, scope, "statement");
      else if (isSql) this.#found.note(span, "query", false);
    }
  }

  #readReturn(scope: Scope): void {
    const cursor = this.#cursor;
    if (cursor.take("query")) {
      if (cursor.take("execute")) this.#readDynamic(scope, ";");
      else this.#found.ask(cursor.until(";"), scope, "query");
      return;
    }
    cursor.take("next");
    this.#found.ask(cursor.until(";"), scope);
  }

  #readRaise(scope: Scope): void {
    const cursor = this.#cursor;
    if (raiseLevels.some((level) => cursor.sees(level))) cursor.next();
    const hasFormat = !cursor.sees(";") && !cursor.sees("using") && cursor.next().kind === "string";
    if (hasFormat && cursor.take(",")) for (const value of cursor.list("using", ";")) this.#found.ask(value, scope);
    cursor.until("using", ";");
    if (cursor.take("using")) {
      do {
        cursor.name();
        cursor.next();
        this.#found.ask(cursor.until(",", ";"), scope);
      } while (cursor.take(","));
    }
  }

  /** EXECUTE and what follows, up to the stop. Its text is known only when it runs; its parameters are expressions. */
  #readDynamic(scope: Scope, stop: string): void {
    const cursor = this.#cursor;
    this.#found.runsUnknown = true;
    const text = cursor.until("into", "using", stop);
    // The text may come from a variable. Only literals in the body can show that no table changes.
    const hasText = cursor.tokens.slice(text.from, text.to).some(({ kind }) => kind === "string");
    const makes = cursor.tokens.some(
      ({ kind, value }) => kind === "string" && /\b(?:create|alter|drop)\b/i.test(value),
    );
    if (!hasText || makes) this.#found.changesSchema = true;
    this.#found.ask(text, scope);
    this.#found.note(text, "expression", true);
    while (!cursor.sees(stop)) {
      if (cursor.take("into")) cursor.until("using", stop);
      else {
        cursor.expect("using");
        for (const value of cursor.list("into", stop)) this.#found.ask(value, scope);
      }
    }
  }

  #takeLabel(): void {
    const cursor = this.#cursor;
    if (!cursor.take("<<")) return;
    this.#found.labels.add(cursor.name());
    cursor.expect(">>");
  }
}
