import type { Reachable } from "../../access/reach/reachable.ts";
import { Rights } from "../../access/reach/rights.ts";
import { formatQualified, type QualifiedName, quoteLiteral } from "../../sql/quote.ts";
import type { Attempt } from "../attempt.ts";
import type { LiveTrigger } from "../outside.ts";
import { apiRoles } from "../trial.ts";
import { type Helper, mentions, type TextOf } from "./helpers.ts";
import type { Mutation } from "./mutation.ts";

/** What runs where: the texts by which one object comes to ask another. */
export interface Surroundings {
  readonly before: Reachable;
  readonly helpers: readonly Helper[];
  readonly triggers: readonly LiveTrigger[];
  /** The roles whose rights count: of requests, and of the owners of functions and views. */
  readonly roles: readonly string[];
  /** The texts, beside policies and functions, that run with the rights of whoever asks: defaults, views. */
  readonly texts: readonly TextOf[];
}

/** Knows which attempts a mutation can concern. */
export class Concerns {
  readonly #surroundings: Surroundings;
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** What it can concern, most likely first: on its table by its commands, in its bucket. */
  inOrder(mutation: Mutation, attempts: readonly Attempt[]): readonly Attempt[] {
    const { object, commands, conditions = "" } = mutation;
    const isFunction = this.#surroundings.before.functions.has(object);
    const concerned = this.#concernedBy(mutation);
    const roles = this.#rolesConcerned(mutation);
    const wanted = attempts.filter(
      (attempt) =>
        (concerned.has(attempt.object) || concerned.has(attempt.row.table)) &&
        (roles === undefined || roles.has(attempt.statement.role)),
    );
    const distance = (attempt: Attempt) => {
      const isOnIt = isFunction || attempt.row.table === object;
      if (!isOnIt || !(commands === undefined || commands.includes(commandOf(attempt)))) return 2;
      const { bucket_id: bucket } = attempt.row.values;
      return typeof bucket === "string" && !conditions.includes(quoteLiteral(bucket)) ? 1 : 0;
    };
    return [0, 1, 2].flatMap((each) => spread(wanted.filter((attempt) => distance(attempt) === each)));
  }

  #concernedBy({ object, commands }: Mutation): ReadonlySet<string> {
    const isRead = commands === undefined || commands.includes("select");
    const key = JSON.stringify([object, isRead]);
    const concerned = this.#known.get(key) ?? concernedBy(object, isRead, this.#surroundings);
    this.#known.set(key, concerned);
    return concerned;
  }

  /** The roles of requests for which it is; undefined: all, also because somebody's rights that a function has may be among them. */
  #rolesConcerned({ roles = ["public"] }: Mutation): ReadonlySet<string> | undefined {
    const { before, roles: all } = this.#surroundings;
    const rights = all.map((role) => new Rights(role, before));
    const isPast = (each: Rights) => each.isSuperuser || each.bypassesRowSecurity;
    if (rights.some((each) => !apiRoles.includes(each.role) && !isPast(each))) return undefined;
    return new Set(rights.filter((each) => roles.some((role) => each.roles.has(role))).map(({ role }) => role));
  }
}

function commandOf({ command }: Attempt): string {
  if (command === "move" || command === "point") return "update";
  if (command === "receive") return "select";
  return command === "send" ? "insert" : command;
}

/**
 * A table or a function, and whatever asks it: by a policy, a function's body, a trigger, a view, a default. Names decide, so that rather too much
 * is taken for concerned. A function with the rights of somebody past all policies doesn't feel what changes at a table, and conditions and defaults
 * only read it.
 */
function concernedBy(
  object: string,
  isRead: boolean,
  { before, helpers, triggers, texts }: Surroundings,
): ReadonlySet<string> {
  const isTable = before.relations.has(object);
  const definitions = new Map(helpers.map(({ called, definition }) => [called.signature, definition]));
  const feels = ({ isSecurityDefiner, owner }: { readonly isSecurityDefiner: boolean; readonly owner: string }) => {
    const rights = new Rights(owner, before);
    return !isTable || !isSecurityDefiner || !(rights.bypassesRowSecurity || rights.isSuperuser);
  };
  const functions = [...before.functions.values()].filter((each) => !each.isExtension);
  const asking: readonly (QualifiedName & { readonly id: string; readonly text: string })[] = [
    ...functions.filter(feels).map(({ schema, name, signature, source }) => ({
      ...{ id: signature, schema, name, text: definitions.get(signature) ?? source },
    })),
    ...[...before.relations].map(([id, { schema, name, policies, reads }]) => ({
      ...{ id, schema, name },
      text: [
        ...policies.map(({ using = "", withCheck = "" }) => `${using} ${withCheck}`),
        ...texts.filter((each) => each.id === id).map(({ text }) => text),
        ...triggers.filter(({ table }) => table === id).map((each) => `${each.function}()`),
        ...reads.map(formatQualified),
      ].join(" ; "),
    })),
  ];
  const found = new Set([object]);
  const own = asking.find(({ id }) => id === object)?.name;
  const names = new Set(own === undefined ? [] : [own]);
  const onlyReads = (id: string) => ["r", "p"].includes(before.relations.get(id)?.kind ?? "");
  const isConcerned = (id: string, text: string) =>
    [...names].some((name) => (isRead || name !== own || !onlyReads(id)) && mentions(text, { name }));
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const { id, name, text } of asking) {
      if (found.has(id) || !isConcerned(id, text)) continue;
      found.add(id);
      names.add(name);
    }
  }
  return found;
}

/** Far from each other first, so that the first of them are a cross-section. */
function spread<T>(values: readonly T[]): readonly T[] {
  const place = (index: number) => (index * 0.618_033_988_7) % 1;
  return values
    .map((value, index) => ({ value, place: place(index) }))
    .sort((left, right) => left.place - right.place)
    .map(({ value }) => value);
}
