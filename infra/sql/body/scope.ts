/** What is known about a variable's type: its text, the number of the function's parameter, or nothing. */
export type Variable =
  | { readonly type: string }
  | { readonly parameter: number }
  /** A record, or a trigger's NEW or OLD: its fields are known only when the function runs. */
  | { readonly type: undefined };

export const untyped: Variable = { type: undefined };

/** The variables in a statement's scope; inner ones hide outer ones of the same name. */
export class Scope {
  readonly #variables: ReadonlyMap<string, Variable>;

  constructor(variables: Iterable<readonly [string, Variable]> = []) {
    this.#variables = new Map(variables);
  }

  find(name: string): Variable | undefined {
    return this.#variables.get(name);
  }

  with(name: string, variable: Variable): Scope {
    return new Scope([...this.#variables, [name, variable]]);
  }
}

/** @see https://www.postgresql.org/docs/current/plpgsql-trigger.html */
export const triggerVariables: readonly (readonly [string, Variable])[] = [
  ["new", untyped],
  ["old", untyped],
  ["tg_name", { type: "name" }],
  ["tg_when", { type: "text" }],
  ["tg_level", { type: "text" }],
  ["tg_op", { type: "text" }],
  ["tg_relid", { type: "oid" }],
  ["tg_relname", { type: "name" }],
  ["tg_table_name", { type: "name" }],
  ["tg_table_schema", { type: "name" }],
  ["tg_nargs", { type: "integer" }],
  ["tg_argv", { type: "text[]" }],
];

export const eventTriggerVariables: readonly (readonly [string, Variable])[] = [
  ["tg_event", { type: "text" }],
  ["tg_tag", { type: "text" }],
];
