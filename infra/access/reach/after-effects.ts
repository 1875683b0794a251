import type { PolicyRow } from "../../catalog/tables.ts";
import { privilegesOn } from "../../desired/default-privileges.ts";
import type { Node } from "../../sql/parser.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import { splitSignature } from "../../sql/signature.ts";
import type { Effect, PolicyText } from "../effects/effect.ts";
import { constantOf, isFunction, securityIn } from "../effects/statement-parts.ts";
import { applyGrant, builtInPrivileges, expand, givenTo, granted } from "./after-grants.ts";
import {
  withBucket,
  withDefaultPrivileges,
  withFunction,
  withoutFunction,
  withPublication,
  withRelation,
  withSchema,
} from "./overlay.ts";
import type { DefaultPrivilege, Reachable, ReachableFunction, Relation } from "./reachable.ts";
import { roleAfter } from "./role-after.ts";

/**
 * Everybody's access after the statements of pending migrations. Conditions are only known if they are `true` or
 * `false`; the effects of DO blocks and functions are not known.
 * @param user the role that runs the statements, and owns what they create
 */
export function afterEffects(reachable: Reachable, effects: readonly Effect[], user: string): Reachable {
  return effects.reduce((known, effect) => after(known, effect, user), reachable);
}

function after(reachable: Reachable, effect: Effect, user: string): Reachable {
  const { target } = effect;
  switch (target.kind) {
    case "table":
    case "sequence":
      return afterRelation(reachable, target.id, effect, user);
    case "tables in schema":
    case "sequences in schema":
      return inSchema(reachable.relations, target.id)
        .filter(({ kind }) => (kind === "S") === (target.kind === "sequences in schema"))
        .reduce((known, relation) => afterRelation(known, formatQualified(relation), effect, user), reachable);
    case "function":
      return afterFunction(reachable, effect, user);
    case "functions in schema":
      return inSchema(reachable.functions, target.id).reduce(
        (known, called) => withFunction(known, { ...called, privileges: granted(called.privileges, effect) }),
        reachable,
      );
    case "schema":
      return afterSchema(reachable, target.id, effect);
    case "default privileges":
      return afterDefaults(reachable, target, effect);
    case "publication":
      return afterPublication(reachable, target.id, effect);
    case "bucket":
      return afterBucket(reachable, target.id, effect);
    case "role":
      return roleAfter(reachable, target.id, effect);
  }
}

function afterRelation(reachable: Reachable, id: string, effect: Effect, user: string): Reachable {
  const relation = reachable.relations.get(id);
  if (effect.does === "creates") {
    const { reads, isUpdatable, ...made } = effect.relation;
    if (relation !== undefined && made.kind !== "v") return reachable;
    return withRelation(reachable, made, () => ({
      ...made,
      hasRules: false,
      ...(relation === undefined
        ? { owner: user, privileges: givenTo(reachable, made.kind === "S" ? "sequences" : "tables", made.schema, user) }
        : {}),
      writes: isUpdatable ? ["insert", "update", "delete"] : [],
      reads: reads.map((name) => ({ ...name, columns: [] })),
    }));
  }
  if (relation === undefined) return reachable;
  if (effect.does === "removes" || effect.does === "moves") {
    const relations = new Map(reachable.relations);
    relations.delete(id);
    if (effect.does === "moves") relations.set(formatQualified(effect.to), { ...relation, ...effect.to });
    return { ...reachable, relations };
  }
  return withRelation(reachable, parseQualified(id), () => changeOf(relation, effect));
}

function changeOf(relation: Relation, effect: Effect): Partial<Relation> {
  switch (effect.does) {
    case "grants":
    case "revokes":
      return { privileges: granted(relation.privileges, effect) };
    case "sets":
      return { [effect.flag]: effect.value };
    case "inherits":
      return { parents: [...relation.parents, effect.from] };
    case "creates the rule":
      return { hasRules: true, reads: [...relation.reads, ...effect.reads.map((name) => ({ ...name, columns: [] }))] };
    case "sets the rights of the reader":
      return { isInvoker: effect.isOn };
    case "gives to":
      return { owner: effect.owner };
    case "creates the policy":
      return { policies: [...relation.policies, policyRow(effect.policy, effect.text)] };
    case "alters the policy":
      return {
        policies: relation.policies.map((policy) =>
          policy.name === effect.policy
            ? { ...policy, ...policyRow(effect.policy, { ...policy, ...effect.text }) }
            : policy,
        ),
      };
    case "drops the policy":
      return { policies: relation.policies.filter(({ name }) => name !== effect.policy) };
    default:
      return {};
  }
}

function policyRow(name: string, { command = "all", as, roles = [], using, withCheck }: PolicyText): PolicyRow {
  return {
    ...{ name, command: command as PolicyRow["command"], permissive: as !== "restrictive", roles },
    ...(using === undefined ? {} : { using: conditionOf(using) }),
    ...(withCheck === undefined ? {} : { withCheck: conditionOf(withCheck) }),
  };
}

/** A condition as the catalog or a parse tree has it. */
function conditionOf(condition: unknown): string {
  if (typeof condition === "string") return condition;
  const constant = constantOf(condition);
  return typeof constant === "boolean" ? String(constant) : "(a condition)";
}

function afterFunction(reachable: Reachable, effect: Effect, user: string): Reachable {
  if (effect.target.kind !== "function") return reachable;
  const { function: named } = effect.target;
  if (effect.does === "defines") {
    return named.signature === undefined
      ? reachable
      : defined(reachable, named.signature, effect.definition as Node, user);
  }
  const called = [...reachable.functions.values()].filter(({ signature }) => isFunction(named, signature));
  return called.reduce((known, each) => {
    if (effect.does === "drops") return withoutFunction(known, each.signature);
    if (effect.does === "renames") return renamed(known, each, effect);
    if (effect.does === "gives to") return withFunction(known, { ...each, owner: effect.owner });
    if (effect.does === "alters") {
      const isSecurityDefiner = securityIn(effect.actions) ?? each.isSecurityDefiner;
      return withFunction(known, { ...each, isSecurityDefiner });
    }
    return withFunction(known, { ...each, privileges: granted(each.privileges, effect) });
  }, reachable);
}

function renamed(
  reachable: Reachable,
  called: ReachableFunction,
  { to, toSchema }: Extract<Effect, { does: "renames" }>,
): Reachable {
  const { argumentTypes } = splitSignature(called.signature);
  const name = { schema: toSchema ?? called.schema, name: to ?? called.name };
  const moved = { ...called, ...name, signature: `${formatQualified(name)}(${argumentTypes})` };
  return withFunction(withoutFunction(reachable, called.signature), moved);
}

function defined(reachable: Reachable, signature: string, { options, returnType }: Node, user: string): Reachable {
  const { schema, name } = splitSignature(signature);
  const before = reachable.functions.get(signature);
  const names = ((returnType as Node | undefined)?.names ?? []) as Node[];
  const made: ReachableFunction = {
    ...{ schema, name, signature, isExtension: false, source: bodyIn((options ?? []) as Node[]) },
    owner: before?.owner ?? user,
    privileges: before?.privileges ?? givenTo(reachable, "functions", schema, user),
    isSecurityDefiner: securityIn(options) ?? false,
    returns: String((names.at(-1)?.String as Node | undefined)?.sval ?? "void"),
  };
  return withFunction(reachable, made);
}

function bodyIn(options: readonly Node[]): string {
  const body = options.map(({ DefElem }) => DefElem as Node).find(({ defname }) => defname === "as");
  const [text] = (((body?.arg as Node | undefined)?.List as Node | undefined)?.items ?? []) as Node[];
  return String((text?.String as Node | undefined)?.sval ?? "");
}

function afterSchema(reachable: Reachable, name: string, effect: Effect): Reachable {
  const schema = reachable.schemas.get(name);
  if (effect.does === "gives to") {
    return withSchema(reachable, { name, privileges: schema?.privileges ?? [], owner: effect.owner });
  }
  if (schema === undefined || (effect.does !== "grants" && effect.does !== "revokes")) return reachable;
  return withSchema(reachable, { ...schema, privileges: granted(schema.privileges, effect) });
}

function afterDefaults(
  reachable: Reachable,
  { owner, schema, objects }: Extract<Effect["target"], { kind: "default privileges" }>,
  effect: Effect,
): Reachable {
  if (effect.does !== "grants by default" && effect.does !== "revokes by default") return reachable;
  const isSame = (entry: DefaultPrivilege) =>
    entry.owner === owner && entry.schema === schema && entry.objects === objects;
  const before = reachable.defaultPrivileges.find(isSame)?.privileges ?? builtInPrivileges(objects, schema);
  const all = privilegesOn(objects, 0);
  const privileges = applyGrant(
    before,
    effect.does === "grants by default",
    effect.roles,
    expand(effect.privileges, all),
  );
  return withDefaultPrivileges(reachable, { owner, schema, objects, privileges });
}

function afterPublication(reachable: Reachable, name: string, effect: Effect): Reachable {
  const known = reachable.publications.find((publication) => publication.name === name);
  const before = known ?? { name, allTables: false, schemas: [], tables: [] };
  const change = (tables: readonly string[]) => withPublication(reachable, name, { ...before, tables });
  switch (effect.does) {
    case "publishes":
      return change([...new Set([...before.tables, ...effect.tables.map(({ table }) => table)])]);
    case "publishes only":
      return change(effect.tables.map(({ table }) => table));
    case "publishes all of":
      return withPublication(
        reachable,
        name,
        effect.schema === undefined
          ? { ...before, allTables: true }
          : { ...before, schemas: [...new Set([...before.schemas, effect.schema])] },
      );
    case "stops publishing":
      return change(before.tables.filter((table) => !effect.tables.includes(table)));
    case "drops":
      return withPublication(reachable, name, undefined);
    default:
      return reachable;
  }
}

function afterBucket(reachable: Reachable, id: string | undefined, effect: Effect): Reachable {
  if (id === undefined || (effect.does !== "makes" && effect.does !== "changes")) return reachable;
  const isPublic = effect.values.get("public");
  if (typeof isPublic !== "boolean") return reachable;
  return withBucket(reachable, id, { id, public: isPublic });
}

function inSchema<Named extends { readonly schema: string }>(
  all: ReadonlyMap<string, Named>,
  schema: string,
): readonly Named[] {
  return [...all.values()].filter((each) => each.schema === schema);
}
