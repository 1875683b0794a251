import type fc from "fast-check";
import type { Properties, Value } from "../../infra/values/properties.ts";

/**
 * What the generic suites need to know of a resource kind, to run on it: what one of it looks like, what may happen to it, and what is
 * refused. It stands in `test/kinds/<kind>/sample.ts`.
 */
export interface Sample {
  /** SQL that makes what one resource needs to exist. Default: nothing. */
  readonly setup?: (key: string) => string;
  /** Files of the project, by path, that the resource needs. Default: none. */
  readonly files?: Readonly<Record<string, string>>;
  /** One resource with every property set, of which any number can be made; of a kind that a database has one of, the key says nothing. */
  readonly input: (key: string) => Properties;
  /**
   * Values for properties that can't be invented from their type (flags and choices can), by path with `*` for names: another value, another
   * item of a list, or another entry of a record.
   */
  readonly others: Readonly<Record<string, Value>>;
  /** Properties that say which object it is; another value is another object. */
  readonly identity: readonly string[];
  /** Properties that the kind changes in one direction only, so that none of its plans drifts from them; drifts stand for those. Default: none. */
  readonly byHand?: readonly string[];
  /** Who makes the changes that the kind plans. Default: the superuser. */
  readonly changedBy?: "postgres";
  /** Changes by hand, in SQL, that no declaration would make. None of a kind whose drift is in what no resource declares. */
  readonly drifts: readonly Drift[];
  /** What is still there of the object when the resource was deleted. Default: nothing. */
  readonly leaves?: Properties;
  readonly imports: ImportIds;
  /** Declarations with one mistake. */
  readonly refused: readonly RefusedDeclaration[];
  /** A resource that is replaced, for each property whose change makes another object. */
  readonly replacements: Readonly<Record<string, Replacement>>;
  /** Why the kind says nothing of who reaches what (`reachAfter`), or of whose access it accounts for (`answersFor`). Default: it says both. */
  readonly withoutReach?: { readonly [Member in "reachAfter" | "answersFor"]?: string };
  /** One object under any name that PostgreSQL allows, in two states. A text says why the kind takes no names. */
  readonly hostile: string | fc.Arbitrary<HostileObject>;
}

/** A change by hand that no declaration would make. */
export interface Drift {
  readonly title: string;
  /** The first major version on which the role that deploys may undo it. Default: every one. */
  readonly from?: number;
  readonly sql: (key: string) => string;
  /** The properties that the preview must name; `created` where the object is gone. */
  readonly shown: readonly string[] | "created";
}

/** How somebody may write the id for `pulumi import`. */
interface ImportIds {
  /** SQL that makes what the ids name. */
  readonly setup?: string;
  /** Whether there is nothing in the database that could be imported, so that every id is refused. Default: no. */
  readonly isRefused?: true;
  /** Each spelling with the id by which the state keeps it. */
  readonly accepted: readonly (readonly [spelling: string, id: string])[];
  /** Each spelling with what the error says, which is what to write instead. */
  readonly refused: readonly (readonly [spelling: string, says: string])[];
}

/** A declaration with one mistake. */
export interface RefusedDeclaration {
  /** "a policy with …" */
  readonly title: string;
  readonly kind: string;
  readonly input: unknown;
  /** Resources declared before it, right by themselves. */
  readonly beside?: readonly { readonly kind: string; readonly name: string; readonly input: unknown }[];
  /** The property that the refusal must name; empty where it is about the whole. */
  readonly property: string;
  /** The last major version that refuses it, where a later one does not. */
  readonly upTo?: number;
  /** What the refusal must say: what is wrong, in the server's words where they are the server's, and what to do. */
  readonly says: RegExp;
}

/** A resource that is replaced while something uses its object, in TypeScript and SQL. */
interface Replacement {
  /** What is there before the stack. */
  readonly setup?: string;
  /** The program's resources, with another value of the property for the old object and for the new one. */
  readonly program: (age: "old" | "new") => string;
  /** What uses the old object, once it is there. */
  readonly use?: string;
  /** A query on what must be as declared in the end, and its only row. */
  readonly after: readonly [sql: string, row: Readonly<Record<string, unknown>>];
}

export interface HostileObject {
  readonly from: unknown;
  readonly to: unknown;
  /** What every statement must be about, as the parser names it. */
  readonly subject: readonly string[];
}
