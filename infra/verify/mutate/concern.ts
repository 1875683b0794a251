import type { Reachable } from "../../access/reach/reachable.ts";
import { Rights } from "../../access/reach/rights.ts";
import { isCalledIn, isNamedIn } from "../../sql/named-in.ts";
import { formatQualified, type QualifiedName, quoteLiteral } from "../../sql/quote.ts";
import type { Attempt } from "../attempt.ts";
import type { LiveTrigger } from "../external-effects.ts";
import { apiRoles } from "../trial.ts";
import type { Helper, TextOf } from "./helpers.ts";
import type { Mutation } from "./mutation.ts";

/** The SQL texts through which one object comes to use another. */
export interface SchemaContext {
  readonly before: Reachable;
  readonly helpers: readonly Helper[];
  readonly triggers: readonly LiveTrigger[];
  /** The roles whose rights count: those of requests, and the owners of functions and views. */
  readonly roles: readonly string[];
  /** The texts other than policies and functions that run with the caller's rights: column defaults and views. */
  readonly texts: readonly TextOf[];
}

/** Determines which attempts a mutation can affect. */
export class Concerns {
  readonly #schemaContext: SchemaContext;
  readonly #known = new Map<string, Concerned>();

  constructor(schemaContext: SchemaContext) {
    this.#schemaContext = schemaContext;
  }

  /**
   * The attempts that a mutation can affect, the likeliest first: those on its table with its commands, or in its
   * bucket.
   */
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

  /**
   * The request roles that a mutation applies to. Undefined: all of them, also because its role may be the one that a
   * function runs as.
   */
  #rolesConcerned({ roles = ["public"] }: Mutation): ReadonlySet<string> | undefined {
    const { before, roles: all } = this.#schemaContext;
    const rights = all.map((role) => new Rights(role, before));
    const isPast = (each: Rights) => each.isSuperuser || each.bypassesRowSecurity;
    if (rights.some((each) => !apiRoles.includes(each.role) && !isPast(each))) return undefined;
    return new Set(rights.filter((each) => roles.some((role) => each.roles.has(role))).map(({ role }) => role));
  }
}

/** Whether the mutation can affect conditions and defaults, which only read. */
function reads({ commands }: Mutation): boolean {
  return commands === undefined || commands.includes("select");
}

function commandOf({ statement: { sql } }: Attempt): string {
  return /^\w+/.exec(sql)?.[0].toLowerCase() ?? "";
}

interface Concerned {
  readonly concerned: ReadonlySet<string>;
  /** Whether a trigger of the table itself performs the command that the mutation is about. */
  readonly isByTrigger: boolean;
}

/** A text that can run, by its name. */
interface Asking extends QualifiedName {
  readonly id: string;
  readonly text: string;
}

/**
 * The tables and functions affected by a change of one of them: whatever uses it in a policy, a function's body, a
 * trigger, a view or a default. Names decide, so the result may include too much. A SECURITY DEFINER function whose
 * owner bypasses policies is not affected by a change to a table's access, and conditions and defaults only read.
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

/** Reorders values so that neighbours end up far apart, and any first few of them are a cross-section. */
export function spread<T>(values: readonly T[]): readonly T[] {
  const place = (index: number) => (index * 0.618_033_988_7) % 1;
  return values
    .map((value, index) => ({ value, place: place(index) }))
    .sort((left, right) => left.place - right.place)
    .map(({ value }) => value);
}
