import { policiesAsked, type RowCommand, rowCommands } from "../../access/reach/extent.ts";
import type { Reachable, Relation } from "../../access/reach/reachable.ts";
import { type Held, Rights } from "../../access/reach/rights.ts";
import { isNamedIn } from "../../sql/named-in.ts";
import { formatQualified } from "../../sql/quote.ts";
import { repeatWhileSizeChanges } from "../../values/repeat.ts";
import type { SchemaContext } from "./concern.ts";
import type { Helper } from "./helpers.ts";
import type { Mutation } from "./mutation.ts";
import { meaningOf } from "./simplify.ts";

/** Recognises mutations that can't change anything according to PostgreSQL's rules. */
export class Equivalences {
  readonly #schemaContext: SchemaContext;
  readonly #meanings = new Map<string, string>();
  readonly #readElsewhere = new Map<string, boolean>();
  readonly #before = new Map<string, string>();

  constructor(schemaContext: SchemaContext) {
    this.#schemaContext = schemaContext;
  }

  /** Why the mutation can't change anything. Undefined: it has to be tried. */
  why(mutation: Mutation): string | undefined {
    const { before, helpers } = this.#schemaContext;
    const relation = before.relations.get(mutation.object);
    if (relation !== undefined) return this.#whyAtRelation(mutation, relation);
    const helper = helpers.find(({ called }) => called.signature === mutation.object);
    return helper === undefined ? undefined : this.#whyAtFunction(mutation, helper);
  }

  #whyAtRelation({ object, reachable, kind }: Mutation, relation: Relation): string | undefined {
    const { roles } = this.#schemaContext;
    const isSame = roles.every(
      (role) => this.#reachedBefore(role, object) === this.#reachedBy(role, object, reachable),
    );
    if (!isSame || relation.kind === "v") return undefined;
    return kind === "privilege" && this.#isReadElsewhere(relation) ? undefined : sameWords[kind];
  }

  #whyAtFunction({ object, reachable, kind, meaning }: Mutation, helper: Helper): string | undefined {
    const { before, roles } = this.#schemaContext;
    if (meaning !== undefined) return undefined;
    if (kind !== "privilege")
      return touchesNothing(helper, before) ? "it reads no table and calls nothing that asks for rights" : undefined;
    const isSame = roles.every(
      (role) =>
        holds(role, object, before) === holds(role, object, reachable) || !isRunBy(role, helper, this.#schemaContext),
    );
    return isSame ? "nothing that the role may use runs it, or it may execute it all the same" : undefined;
  }

  /** Whether conditions or functions of other objects read the table with the caller's rights. */
  #isReadElsewhere(relation: Relation): boolean {
    const id = formatQualified(relation);
    const known = this.#readElsewhere.get(id);
    if (known !== undefined) return known;
    const { before, helpers, texts } = this.#schemaContext;
    const policies = [...before.relations].flatMap(([other, { policies }]) => (other === id ? [] : policies));
    const bodies = helpers.filter(({ called }) => !called.isSecurityDefiner).map(({ definition }) => definition);
    const conditions = policies.map(({ using = "", withCheck = "" }) => `${using} ${withCheck}`);
    const all = [...[...conditions, ...texts.map(({ text }) => text)].map(withoutStrings), ...bodies];
    const isRead = all.some((text) => isNamedIn(text, relation.name));
    this.#readElsewhere.set(id, isRead);
    return isRead;
  }

  #reachedBefore(role: string, id: string): string {
    const key = `${role} ${id}`;
    const reached = this.#before.get(key) ?? this.#reachedBy(role, id, this.#schemaContext.before);
    this.#before.set(key, reached);
    return reached;
  }

  /** What a role can reach of a table, as a text to compare. */
  #reachedBy(role: string, id: string, reachable: Reachable): string {
    const relation = reachable.relations.get(id);
    const rights = new Rights(role, reachable);
    if (relation === undefined || !rights.enters(relation.schema)) return "";
    return rowCommands.map((command) => this.#reachedByCommand(relation, command, rights)).join("\n");
  }

  #reachedByCommand(relation: Relation, command: RowCommand, rights: Rights): string {
    const columns = rights.holds(relation, command);
    if (columns === undefined) return "none";
    const { rowSecurity, forceRowSecurity, owner } = relation;
    const isPast = rights.isSuperuser || rights.bypassesRowSecurity || (rights.owns(owner) && !forceRowSecurity);
    if (!rowSecurity || isPast) return `every row by ${columns}`;
    const asked = conditionsAsked(relation, command, rights);
    const isKept = command === "update" && !this.#canChange(relation, asked.join(" "), columns);
    const meanings = (isKept ? [asked.map((text) => `(${text})`).join(" and ")] : asked).map((text) =>
      this.#meaningOf(text),
    );
    return meanings.includes(this.#meaningOf("false")) ? "none" : `${meanings.join(" then ")} by ${columns}`;
  }

  /**
   * Whether an update can change a column that the conditions use. If not, they give the same answer before and after
   * it.
   */
  #canChange({ columns, ...table }: Relation, conditions: string, held: Held): boolean {
    const asked = columns.filter((name) => isNamedIn(conditions, name));
    const { triggers, before } = this.#schemaContext;
    const id = formatQualified(table);
    const own = triggers.filter((each) => each.table === id && each.events.includes("update"));
    const written = own.flatMap(({ function: called }) =>
      [...before.functions.values()].filter(({ schema, name }) => `${schema}.${name}` === called),
    );
    return asked.some(
      (name) => held === true || held.includes(name) || written.some(({ source }) => isNamedIn(source, name)),
    );
  }

  #meaningOf(text: string): string {
    const meaning = this.#meanings.get(text) ?? meaningOf(text, "expression");
    this.#meanings.set(text, meaning);
    return meaning;
  }
}

const sameWords: Readonly<Record<Mutation["kind"], string>> = {
  policy: "with the privileges that there are, every role is asked for the same conditions",
  privilege: "no policy lets the role reach a row by it, or it holds the privilege all the same",
  flag: "every role is asked for the same conditions, and those past policies stay so",
  function: "it does the same",
};

function holds(role: string, signature: string, reachable: Reachable): boolean {
  const called = reachable.functions.get(signature);
  return called !== undefined && new Rights(role, reachable).holds(called, "execute") !== undefined;
}

/** All policies' conditions, combined: on existing rows, and on rows that are written. */
function conditionsAsked(relation: Relation, command: RowCommand, rights: Rights): readonly string[] {
  const asked = policiesAsked(relation, command, rights);
  return (command === "update" ? [0, 1] : [0]).map((part) => {
    const of = (permissive: boolean) =>
      asked.filter((each) => each.permissive === permissive).map((each) => `(${each.conditions[part]}\n)`);
    const opening = of(true).length === 0 ? "false" : of(true).join(" or ");
    return [`(${opening})`, ...of(false)].join(" and ");
  });
}

/**
 * Whether a function runs with a role's rights: called from a policy, a default, a view, the API, or a SECURITY INVOKER
 * function.
 */
function isRunBy(role: string, { called }: Helper, { before, helpers, texts }: SchemaContext): boolean {
  const rights = new Rights(role, before);
  const isServed = (schema: string) => before.exposedSchemas.includes(schema);
  if (isServed(called.schema)) return true;
  const used = [...before.relations.values()].filter(
    (relation) => !relation.isExtension && rowCommands.some((command) => rights.holds(relation, command) !== undefined),
  );
  const asked = rights.bypassesRowSecurity ? [] : used.flatMap(({ policies }) => policies);
  const run = [
    ...asked
      .filter(({ roles }) => roles.some((each) => rights.roles.has(each)))
      .map(({ using = "", withCheck = "" }) => `${using} ${withCheck}`),
    ...(used.length > 0 ? texts.map(({ text }) => text) : []),
  ];
  // SECURITY INVOKER functions. Anybody can call those in the API's schemas.
  const waiting = new Set(helpers.filter((each) => !each.called.isSecurityDefiner));
  repeatWhileSizeChanges(waiting, () => {
    for (const each of waiting) {
      if (!isServed(each.called.schema) && !run.some((text) => isNamedIn(text, each.called.name))) continue;
      run.push(each.definition);
      waiting.delete(each);
    }
  });
  // A function's definition contains its own name.
  return run.some((text) => isNamedIn(text, called.name) && !text.includes(helperHead(called)));
}

function helperHead({ schema, name }: Helper["called"]): string {
  return `FUNCTION ${schema}.${name}(`;
}

/** Whether a function would do the same with anybody's rights. */
function touchesNothing({ called, language, definition }: Helper, { functions, relations }: Reachable): boolean {
  if (!["sql", "plpgsql"].includes(language)) return false;
  // A body in standard SQL exists only in the function's definition.
  const source = withoutStrings(called.source === "" ? definition : called.source);
  const names = [...functions.values(), ...relations.values()].filter(({ schema }) => schema !== "pg_catalog");
  const isOther = (each: { readonly name: string; readonly schema: string }) =>
    each.name !== called.name && isNamedIn(source, each.name);
  return !names.some(isOther) && !rightsWords.some((name) => isNamedIn(source, name));
}

const rightsWords = [
  "current_user",
  "current_role",
  "session_user",
  "user",
  "role",
  "execute",
  "set_config",
  "from",
  "into",
];

/** Removes string literals, because nothing runs the text in them. */
function withoutStrings(text: string): string {
  return text.replaceAll(/'(?:[^']|'')*'/g, "''");
}
