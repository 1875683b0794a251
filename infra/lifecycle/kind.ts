import type { z } from "zod";
import type { Contradiction, Effect } from "../access/effects/effect.ts";
import type { DeclaredRoles } from "../access/effects/role-effects.ts";
import type { Finding, ReachedObject } from "../access/reach/finding.ts";
import type { Becoming } from "../access/reach/overlay.ts";
import type { Reachable } from "../access/reach/reachable.ts";
import type { Catalog, Server } from "../catalog/catalog.ts";
import type { CatalogPart, Scope } from "../catalog/part.ts";
import type { Probe, Text } from "../catalog/probe.ts";
import type { Session } from "../database/database.ts";
import type { Claim } from "../desired/claims.ts";
import type { AccessDeclaration } from "../desired/declared-access.ts";
import type { PassedOn } from "../desired/passed-on.ts";
import type { PolicyDefinition } from "../desired/policy-definition.ts";
import { InputError, type Problem } from "../errors/errors.ts";
import type { Properties } from "../values/properties.ts";
import type { Adoptable } from "./adoptable.ts";
import type { Context } from "./context.ts";
import type { Operation } from "./operation.ts";

/**
 * A resource kind. The provider's operations (check, read, diff, create, update, delete, import) work on any kind.
 *
 * `Args` is a kind's *normal form*: the one way to write its properties. Check derives it from a program's declaration,
 * and read derives it from the live catalog. Declarations with the same meaning have the same normal form, except for
 * SQL texts, which only the server can compare; `texts` lists those.
 */
export interface Kind<Args extends Properties = Properties, Input extends z.ZodObject = z.ZodObject> {
  // Identity: what it is called, and which object it is.
  /** `TableAccess`; its type token is `palisade:index:TableAccess`. */
  readonly name: string;
  /** One sentence, for the package schema. */
  readonly description: string;
  /** What a program may write. */
  readonly input: Input;
  /** Whether the object's `name` defaults to the resource's. */
  readonly isNamedAfterResource?: boolean;
  /** Properties whose change means another object, so that the resource is replaced. */
  readonly replaceOn: readonly string[];
  /** The id by which `pulumi import` and read find the object. */
  identify(args: Args): string;
  /**
   * Resolves the id given to `pulumi import`, which may be spelled differently from the live object's.
   * @throws {InputError} if no such object exists, suggesting the right spelling
   */
  importId(id: string, catalog: Catalog): string | Promise<string>;
  /** What this resource exclusively owns. Two resources with the same claim are refused. */
  claims(args: Args): readonly Claim[];

  // Normal form: the one way to write its properties.
  /**
   * Turns parsed input, with defaults applied, into the normal form. It may throw an `InputError` or return problems,
   * each at its property. It records nothing. It may read files and the operation's snapshot of the catalog (`Migrations`
   * compares its folder with the records), but it sends no query of its own.
   */
  normalise(declared: z.output<Input>, context: NormaliseContext): Promise<Args | Problem[]>;
  /** Properties that control the provider and have no counterpart in the database. Read returns them as declared. */
  readonly settings?: readonly string[];
  /** Properties that only a live object can have. They can't be declared, so they are always drift. */
  readonly liveOnly?: readonly string[];
  /** Properties of the normal form that no program writes. An import passes them to check all the same. */
  readonly derived?: readonly string[];
  /** The SQL texts of the normal form, which only the server can compare. */
  texts(args: Args): readonly Text[];

  // Reading: its live objects.
  /** The catalog parts that `find` uses. Every snapshot contains them. */
  readonly reads: readonly CatalogPart[];
  /** The part of the catalog to read to find one object. @throws {InputError} if the id is malformed */
  scope(id: string): Scope;
  /** The live object in normal form. Undefined: there is none. */
  find(catalog: Catalog, id: string): Args | undefined;
  /**
   * Adjusts the live object to a declaration, for kinds that name what other resources create: declared parts are
   * copied from the declaration, whether they exist or not, and only the rest comes from the live object. Without a
   * declaration (an import) everything that exists counts as declared.
   */
  relate?(live: Args, declared: Args | undefined): Args;
  /**
   * For a kind that depends on what the rest of the program declares: adds what was found live to the checked
   * declaration, as `derived` properties, and reports what it found. It runs once everything that the program declares
   * before this resource is known. Read runs before the program, so it finds nothing. Absent: the declaration is
   * complete by itself.
   */
  derive?(declared: Args, context: Context): Promise<Args>;

  // Reach: who gets to what through it.
  /** What the declaration says about access, for those who evaluate it. Absent: nothing. */
  access?(args: Args): AccessDeclaration;
  /** The roles that the declaration names, so that a preview can say what a migration does to them. Absent: none. */
  roles?(args: Args): DeclaredRoles;
  /** The table whose access it decides, wholly or in part. Absent: it decides about something else. */
  tableOf?(args: Args): string;
  /** The policies that resources of this kind declare. Absent: none. */
  readonly policies?: DeclaredPolicies<Args>;
  /**
   * Whether policies call it: a function. PostgreSQL does not record what most function bodies use, so any policy may
   * depend on it. Default: no.
   */
  readonly isCalledByPolicies?: true;
  /**
   * The objects whose access this resource alone accounts for, so that a change to it is reported with this resource.
   * Absent: none.
   */
  answersFor?(args: Args): readonly ReachedObject[];
  /**
   * Everybody's access after this is declared, or removed. A pure function: only the declaration's own objects change,
   * and conditions are taken as given. Absent: it changes nobody's access.
   */
  reachAfter?(reachable: Reachable, args: Args, becomes: Becoming): Reachable;
  /**
   * For a kind that reports what can be reached although no resource declares it: which of these findings it reports.
   * Absent: none.
   */
  findingsWithin?(findings: readonly Finding[], args: Args): readonly Finding[];

  // Preview: what is refused and told before anything is changed.
  /** The conflicts of a declaration with what is already declared, or is dropped in this update. */
  conflicts?(args: Args, operation: Operation): readonly Problem[];
  /** Questions for the server at preview, before anything is changed. */
  probes(args: Args): readonly Probe[];
  /** The object that this resource creates and others may refer to. */
  makes?(args: Args): MadeObject;
  /**
   * Whether it creates more than `makes` can say, and only the server knows what: the contents of an extension.
   * Default: no.
   */
  readonly makesUnknown?: true;
  /**
   * Statements that pretend the object exists, for later questions of the same preview. Used if it is still to be
   * created.
   */
  assumptions?(args: Args): readonly string[];
  /** Checks at preview whether the change is possible. @throws {InputError} if it is not */
  inspect?(change: {
    readonly live: Args | undefined;
    readonly desired: Args;
    /** The object that is dropped, if the resource is replaced. */
    readonly former?: Args | undefined;
    readonly operation: Operation;
    readonly report: (message: string, severity?: "info" | "warning") => void;
  }): Promise<void>;
  /**
   * What a reviewer of the preview should know beyond the changed properties. Texts are in the server's words, if it
   * knows them.
   */
  notes?(change: {
    readonly live: Args | undefined;
    readonly desired: Args;
    readonly operation: Operation;
  }): readonly Note[] | Promise<readonly Note[]>;
  /**
   * The same for a resource that has left the program. Absent: there is nothing to say beyond who gains and loses
   * access.
   */
  leavingNotes?(live: Args, operation: Operation): Promise<readonly Note[]>;

  // Planning: from the live state to the declared one, and back.
  /** Whether nobody has made any decision about the live object yet, so that creation may adopt it without asking. */
  isUntouched?(live: Args, desired: Args, operation: Operation): boolean;
  /**
   * The live grants beyond a declaration (undefined: all grants) that were made by a grantee with a grant option. The
   * owner's REVOKE does not affect them; a REVOKE … CASCADE from the original grantee does. Whatever else that revokes
   * has to be granted again by the plan. Absent: the plan handles all grants.
   */
  passedOn?(catalog: Catalog, id: string, desired: Args | undefined): readonly PassedOn[];
  /** Statements that take the live object (or none) to the desired state. They run in one transaction. */
  plan(live: Args | undefined, desired: Args, server: Server): readonly string[];
  /** Statements that undo the declaration. What they leave is never more open than before. */
  remove(live: Args, declared: Args): readonly string[];
  /**
   * What prevents the live object from being replaced by another one, such as its contents or its dependents. Each is a
   * clause that also says what to do. Checked before anything is changed.
   */
  obstacles?(live: Args, at: { readonly session: Session; readonly operation: Operation }): Promise<readonly string[]>;
  /**
   * Why the live object stays although its resource is removed, and the statements that undo the declaration anyway.
   * Undefined: it is dropped.
   */
  retain?(live: Args, removal: Removal<Args>): Promise<Retention | undefined>;
  /**
   * Runs `work`, which drops the object, temporarily or for good, and moves those of its dependents that the stack
   * declares to its successor, in the same transaction. Default: just runs `work`.
   * @returns the changes to other objects
   * @throws {StillInUse} if a dependent can't be moved; the caller rolls back
   */
  exchange?(change: {
    readonly session: Session;
    readonly operation: Operation;
    readonly id: string;
    readonly successor: string | undefined;
    readonly work: () => Promise<void>;
  }): Promise<readonly OwnChange[]>;

  // Migrations: what their statements do to it.
  /** Where the statements of pending migrations contradict the declaration, in order. Absent: no statement can. */
  contradictions?(
    effects: readonly Effect[],
    declared: { readonly id: string; readonly inputs: Args },
  ): readonly Contradiction[];
  /**
   * Brings what a migration left as close to a reference as possible while something that the reference uses is
   * missing. The result is never more open than the reference, and its statements can't fail over a missing object.
   * Undefined: there is nothing to do. Absent: nothing can be missing.
   */
  narrow?(live: Args | undefined, reference: Args): Args | undefined;
  /**
   * The declaration as it may be before later migrations run: without what their statements create and `live` lacks,
   * since they would fail if it were there, and never more open than all of it. Undefined: the object is left alone.
   * Absent: no statement fails.
   */
  postpone?(declared: Args, live: Args | undefined, later: readonly Effect[]): Args | undefined;
  /** What this resource does in a migration's transaction. Absent: nothing. */
  guard?(args: Args, operation: Operation): TransactionGuard | undefined;

  // Execution: work that is more than statements in one transaction.
  /** Does the work. */
  execute?(change: Change<Args>): Promise<void>;
  /** Waits for other work before `execute`, while other resources proceed. Absent: there is nothing to wait for. */
  wait?(change: Change<Args> & { readonly desired: Args }): Promise<void>;
  /** Whether its work changes objects that other resources declare. Default: no. */
  readonly changesOthers?: true;

  // Adoption: how a program for a database that is there declares it.
  /** How `palisade adopt` writes objects of this kind into a program. Absent: it does not. */
  readonly adoptable?: Adoptable<Args>;
}

export interface DeclaredPolicies<Args extends Properties = Properties> {
  /** Whether one resource declares all policies of a table, rather than a single one. */
  readonly areWholeTable: boolean;
  /** The id of the resource that would declare the policy. */
  idFor(table: string, policy: string): string;
  /** What a resource with that id declares for the policy. */
  find(args: Args, policy: string): PolicyDefinition | undefined;
}

/** An object that one resource's transaction changed along with its own. */
export interface OwnChange {
  readonly kind: Kind;
  readonly id: string;
  readonly before: Properties | undefined;
  readonly after: Properties | undefined;
}

/**
 * A dependent of an object could not be moved to another one. The error says what would no longer work, or that
 * somebody else made the dependent.
 */
export class StillInUse extends InputError {
  override readonly name = "StillInUse";
  /** Whether the dependent was declared by the stack and no longer is, so that this update drops it too. */
  readonly isByLeaving: boolean;

  constructor(message: string, { isByLeaving = false, ...options }: { isByLeaving?: boolean } & ErrorOptions = {}) {
    super(message, options);
    this.isByLeaving = isByLeaving;
  }
}

interface Removal<Args extends Properties = Properties> {
  readonly declared: Args;
  readonly session: Session;
  readonly server: Server;
  /** Whether the object was there before the stack took it over. */
  readonly existedBefore: boolean;
  /** Whether the resource now stands for another object, and the program no longer knows this one. */
  readonly isReplaced: boolean;
}

export interface Retention {
  readonly severity: "info" | "warning";
  readonly reason: string;
  readonly statements: readonly string[];
}

export interface Note {
  readonly severity: "info" | "warning";
  readonly message: string;
}

export interface NormaliseContext {
  readonly server: Server;
  readonly operation: Operation;
  readonly old: Properties | undefined;
}

/** A schema, or an object in it. */
export interface MadeObject {
  readonly schema: string;
  readonly name?: string;
}

/** Work at the beginning and end of another resource's transaction. */
export interface TransactionGuard {
  before(session: Session): Promise<void>;
  /** @throws {InputError} if the transaction must not be committed */
  after(session: Session): Promise<void>;
}

interface Change<Args extends Properties> {
  readonly live: Args | undefined;
  /** Undefined on delete. */
  readonly desired: Args | undefined;
  readonly operation: Operation;
  readonly context: Context;
  readonly report: (message: string) => void;
}
