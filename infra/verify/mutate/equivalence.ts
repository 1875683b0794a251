import { type RowCommand, rowCommands } from "../../access/reach/extent.ts";
import type { Reachable, Relation } from "../../access/reach/reachable.ts";
import { Rights } from "../../access/reach/rights.ts";
import { conditionsFor, policyOf } from "../../desired/policy-definition.ts";
import { formatQualified } from "../../sql/quote.ts";
import { type Helper, mentions } from "./helpers.ts";
import type { Mutation } from "./mutation.ts";
import { meaningOf } from "./simplify.ts";

export interface Surroundings {
  readonly before: Reachable;
  readonly helpers: readonly Helper[];
  /** The roles whose rights count: of requests, and of the owners of functions and views. */
  readonly roles: readonly string[];
  /** The texts, other than policies and functions, that run with the rights of whoever asks: defaults, views. */
  readonly texts: readonly string[];
}

/** Why a mutation can change nothing, by the rules of PostgreSQL alone; undefined: it has to be tried. */
export function whyEquivalent(mutation: Mutation, surroundings: Surroundings): string | undefined {
  const { before, roles, helpers } = surroundings;
  const { object, reachable, kind } = mutation;
  const relation = before.relations.get(object);
  if (relation !== undefined) {
    const isSame = roles.every((role) => reachedBy(role, object, before) === reachedBy(role, object, reachable));
    if (!isSame || relation.kind === "v") return undefined;
    if (kind === "privilege" && isReadElsewhere(relation, surroundings)) return undefined;
    return sameWords[kind];
  }
  const helper = helpers.find(({ called }) => called.signature === object);
  if (helper === undefined || mutation.meaning !== undefined) return undefined;
  if (kind === "privilege") {
    const isSame = roles.every(
      (role) => holds(role, object, before) === holds(role, object, reachable) || !isRunBy(role, helper, surroundings),
    );
    return isSame ? "nothing that the role may use runs it, or it may execute it all the same" : undefined;
  }
  return touchesNothing(helper, before) ? "it reads no table and calls nothing that asks for rights" : undefined;
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

/** What a role reaches of a table, as a text. */
function reachedBy(role: string, id: string, reachable: Reachable): string {
  const relation = reachable.relations.get(id);
  const rights = new Rights(role, reachable);
  if (relation === undefined || !rights.enters(relation.schema)) return "";
  return rowCommands.map((command) => reachedByCommand(relation, command, rights)).join("\n");
}

function reachedByCommand(relation: Relation, command: RowCommand, rights: Rights): string {
  const columns = rights.holds(relation, command);
  if (columns === undefined) return "none";
  const { rowSecurity, forceRowSecurity, owner, policies } = relation;
  const isPast = rights.isSuperuser || rights.bypassesRowSecurity || (rights.owns(owner) && !forceRowSecurity);
  if (!rowSecurity || isPast) return `every row by ${columns}`;
  const asked = policies
    .filter((policy) => policy.command === command || policy.command === "all")
    .filter((policy) => policy.roles.some((role) => rights.roles.has(role)))
    .map((policy) => ({ permissive: policy.permissive, conditions: conditionsFor(policyOf(policy), command) }));
  const parts = command === "update" ? [0, 1] : [0];
  const conditions = parts.map((part) => {
    const of = (permissive: boolean) =>
      asked.filter((each) => each.permissive === permissive).map((each) => `(${each.conditions[part]}\n)`);
    const opening = of(true).length === 0 ? "false" : of(true).join(" or ");
    return meaningOf([`(${opening})`, ...of(false)].join(" and "), "expression");
  });
  return conditions.includes(meaningOf("false", "expression")) ? "none" : `${conditions.join(" then ")} by ${columns}`;
}

/** Whether others' conditions or functions read a table with the rights of whoever asks. */
function isReadElsewhere(relation: Relation, { before, helpers, texts }: Surroundings): boolean {
  const id = formatQualified(relation);
  const policies = [...before.relations].flatMap(([other, { policies }]) => (other === id ? [] : policies));
  const bodies = helpers.filter(({ called }) => !called.isSecurityDefiner).map(({ definition }) => definition);
  const conditions = policies.map(({ using = "", withCheck = "" }) => `${using} ${withCheck}`);
  return [...conditions, ...bodies, ...texts].some((text) => mentions(text, relation));
}

/** Whether a function runs with the rights of a role: from a policy, a default, a view, the API, or a function that runs with its caller's. */
function isRunBy(role: string, { called }: Helper, { before, helpers, texts }: Surroundings): boolean {
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
    ...(used.length > 0 ? texts : []),
  ];
  // With the rights of whoever calls them; those in the API's schemas are called by anybody.
  const waiting = new Set(helpers.filter((each) => !each.called.isSecurityDefiner));
  for (let size = -1; size !== waiting.size; ) {
    size = waiting.size;
    for (const each of waiting) {
      if (!isServed(each.called.schema) && !run.some((text) => mentions(text, each.called))) continue;
      run.push(each.definition);
      waiting.delete(each);
    }
  }
  // A definition names its own function.
  return run.some((text) => mentions(text, called) && !text.includes(helperHead(called)));
}

function helperHead({ schema, name }: Helper["called"]): string {
  return `FUNCTION ${schema}.${name}(`;
}

/** Whether a function would do the same with anybody's rights. */
function touchesNothing({ called, language }: Helper, { functions, relations }: Reachable): boolean {
  const { source } = called;
  if (source === "" || !["sql", "plpgsql"].includes(language)) return false;
  const names = [...functions.values(), ...relations.values()].filter(({ schema }) => schema !== "pg_catalog");
  const isOther = (each: { readonly name: string; readonly schema: string }) =>
    each.name !== called.name && mentions(source, each);
  return !names.some(isOther) && !rightsWords.some((name) => mentions(source, { name }));
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
