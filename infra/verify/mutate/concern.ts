import type { Reachable } from "../../access/reach/reachable.ts";
import { Rights } from "../../access/reach/rights.ts";
import { isCalledIn, isNamedIn } from "../../sql/named-in.ts";
import { formatQualified, type QualifiedName, quoteLiteral } from "../../sql/quote.ts";
import type { Attempt } from "../attempt.ts";
import type { LiveTrigger } from "../outside.ts";
import { apiRoles } from "../trial.ts";
import type { Helper, TextOf } from "./helpers.ts";
import type { Mutation } from "./mutation.ts";

/** What runs where: the texts by which one object comes to ask another. */
export interface SchemaContext {
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
  readonly #schemaContext: SchemaContext;
  readonly #known = new Map<string, Concerned>();

  constructor(schemaContext: SchemaContext) {
    this.#schemaContext = schemaContext;
  }

  /** What it can concern, most likely first: on its table by its commands, in its bucket. */
  inOrder(mutation: Mutation, attempts: readonly Attempt[]): readonly Attempt[] {
    const { object, commands, conditions = "" } = mutation;
    const isFunction = this.#schemaContext.before.functions.has(object);
    const { concerned, isByTrigger } = this.#concernedBy(mutation);
    const roles = this.#rolesConcerned(mutation);
    const isRead = reads(mutation);
    const distance = (attempt: Attempt) => {
      if (isFunction) return 0;
      if (attempt.row.table !== object) return 2;
      if (commands !== undefined && !commands.includes(commandOf(attempt)))
        return isRead || isByTrigger ? 2 : undefined;
      const { bucket_id: bucket } = attempt.row.values;
      return typeof bucket === "string" && !conditions.includes(quoteLiteral(bucket)) ? 1 : 0;
    };
    const wanted = attempts.flatMap((attempt) => {
      const isAsked = concerned.has(attempt.object) || concerned.has(attempt.row.table);
      const isWanted = isAsked && (roles === undefined || roles.has(attempt.statement.role));
      return isWanted ? [{ attempt, distance: distance(attempt) }] : [];
    });
    const at = (place: number) => wanted.filter((each) => each.distance === place).map(({ attempt }) => attempt);
    return [0, 1, 2].flatMap((place) => spread(at(place)));
  }

  #concernedBy(mutation: Mutation): Concerned {
    const { object } = mutation;
    const isRead = reads(mutation);
    const key = JSON.stringify([object, isRead]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { before, triggers } = this.#schemaContext;
    const concerned = concernedBy(object, isRead, this.#schemaContext);
    const names = new Set(
      [...before.functions.values()]
        .filter(({ signature }) => concerned.has(signature))
        .map(({ schema, name }) => `${schema}.${name}`),
    );
    const isByTrigger = triggers.some((each) => each.table === object && names.has(each.function));
    this.#known.set(key, { concerned, isByTrigger });
    return { concerned, isByTrigger };
  }

  /** The roles of requests for which it is; undefined: all, also because somebody's rights that a function has may be among them. */
  #rolesConcerned({ roles = ["public"] }: Mutation): ReadonlySet<string> | undefined {
    const { before, roles: all } = this.#schemaContext;
    const rights = all.map((role) => new Rights(role, before));
    const isPast = (each: Rights) => each.isSuperuser || each.bypassesRowSecurity;
    if (rights.some((each) => !apiRoles.includes(each.role) && !isPast(each))) return undefined;
    return new Set(rights.filter((each) => roles.some((role) => each.roles.has(role))).map(({ role }) => role));
  }
}

/** Whether conditions and defaults, which only read, can be concerned. */
function reads({ commands }: Mutation): boolean {
  return commands === undefined || commands.includes("select");
}

function commandOf({ statement: { sql } }: Attempt): string {
  return /^\w+/.exec(sql)?.[0].toLowerCase() ?? "";
}

interface Concerned {
  readonly concerned: ReadonlySet<string>;
  /** Whether a trigger of the table itself does with it what the mutation is about. */
  readonly isByTrigger: boolean;
}

/** What can run, and its text. */
interface Asking extends QualifiedName {
  readonly id: string;
  readonly text: string;
}

/**
 * A table or a function, and whatever asks it: by a policy, a function's body, a trigger, a view, a default. Names decide, so that rather too much
 * is taken for concerned. A function with the rights of somebody past all policies doesn't feel what changes at a table, and conditions and defaults
 * only read it.
 */
function concernedBy(
  object: string,
  isRead: boolean,
  { before, helpers, triggers, texts }: SchemaContext,
): ReadonlySet<string> {
  const isTable = before.relations.has(object);
  const definitions = new Map(helpers.map(({ called, definition }) => [called.signature, definition]));
  const feels = ({ isSecurityDefiner, owner }: { readonly isSecurityDefiner: boolean; readonly owner: string }) => {
    const rights = new Rights(owner, before);
    return !isTable || !isSecurityDefiner || !(rights.bypassesRowSecurity || rights.isSuperuser);
  };
  const functions = [...before.functions.values()].filter((each) => !each.isExtension);
  const asking: readonly Asking[] = [
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
  const isWriting = ({ id, text }: Asking) =>
    before.functions.has(id)
      ? /\b(?:insert|update|delete|merge|execute)\b/i.test(text)
      : before.relations.get(id)?.kind === "v";
  const asks = (each: Asking, { id, name }: Asking) =>
    (isRead || id !== object || isWriting(each)) &&
    (before.functions.has(id) ? isCalledIn(each.text, name) : isNamedIn(each.text, name));
  const own = asking.filter(({ id }) => id === object);
  for (let latest = own; latest.length > 0; ) {
    latest = asking.filter((each) => !found.has(each.id) && latest.some((asked) => asks(each, asked)));
    for (const { id } of latest) found.add(id);
  }
  return found;
}

/** Far from each other first, so that the first of them are a cross-section. */
export function spread<T>(values: readonly T[]): readonly T[] {
  const place = (index: number) => (index * 0.618_033_988_7) % 1;
  return values
    .map((value, index) => ({ value, place: place(index) }))
    .sort((left, right) => left.place - right.place)
    .map(({ value }) => value);
}
