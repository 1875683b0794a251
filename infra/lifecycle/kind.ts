import type { z } from "zod";
import type { Contradiction, Effect } from "../access/effects/effect.ts";
import type { ReachedObject } from "../access/reach/finding.ts";
import type { Becoming } from "../access/reach/overlay.ts";
import type { Reachable } from "../access/reach/reachable.ts";
import type { Catalog, Server } from "../catalog/catalog.ts";
import type { CatalogPart, Scope } from "../catalog/part.ts";
import type { Probe, Text } from "../catalog/probe.ts";
import type { Session } from "../database/database.ts";
import type { Claim } from "../desired/claims.ts";
import type { AccessDeclaration } from "../desired/declared-access.ts";
import type { PassedOn } from "../desired/passed-on.ts";
import { InputError, type Problem } from "../errors/errors.ts";
import type { Properties } from "../values/properties.ts";
import type { Adoptable } from "./adoptable.ts";
import type { Context } from "./context.ts";
import type { Operation } from "./operation.ts";

/**
 * A resource kind: one room. The provider's mechanism (check, read, diff, create, update, delete, import) works on any of them.
 *
 * `Args` is a kind's *normal form*: the one way its properties are written, which check makes of what a program declared and which
 * reading makes of the live catalog. Whatever means the same has the same normal form, except SQL texts, which only the server can
 * compare; `texts` names where those stand.
 */
export interface Kind<Args extends Properties = Properties, Input extends z.ZodObject = z.ZodObject> {
  /** `TableAccess`; its type token is `palisade:index:TableAccess`. */
  readonly name: string;
  readonly description: string;
  /** What a program may write. */
  readonly input: Input;
  /** Properties whose change means another object, not another state of this one. */
  readonly replaceOn: readonly string[];
  /** Properties that steer the provider and have no counterpart in the database; reading hands them on as declared. */
  readonly settings?: readonly string[];
  /** Properties that only a live object can have and no declaration asks for: where one is there, it is drift. */
  readonly liveOnly?: readonly string[];
  /** Properties of the normal form that no program writes; an import hands them to check all the same. */
  readonly derived?: readonly string[];
  /** Whether the object's `name` is the resource's where a program gives none. */
  readonly isNamedAfterResource?: boolean;
  /**
   * The normal form of what `input` has parsed, its defaults applied. May throw an `InputError` or return problems, each on its property;
   * notes nothing, and never asks the database.
   */
  normalise(declared: z.output<Input>, context: NormaliseContext): Promise<Args | Problem[]>;
  /** The id by which `pulumi import` and reading find the object. */
  identify(args: Args): string;
  /**
   * The id of a live object, of one that somebody may have spelt otherwise for `pulumi import`.
   * @throws {InputError} when it names nothing, with the right spelling of what it may have meant
   */
  importId(id: string, catalog: Catalog): string | Promise<string>;
  /** How its objects come into a program that `palisade adopt` writes. Absent: none does. */
  readonly adoptable?: Adoptable<Args>;
  /** What this resource owns alone; two resources that claim the same are refused. */
  claims(args: Args): readonly Claim[];
  /** What it says about who reaches what, for whoever judges that. Absent: nothing. */
  access?(args: Args): AccessDeclaration;
  /** The objects for whose reach this resource alone answers, so that what they let through is its own to show. Absent: none. */
  answersFor?(args: Args): readonly ReachedObject[];
  /**
   * Who reaches what once this is declared, or removed. Pure, and nothing but the objects of this declaration is changed. Conditions are
   * taken as they are given. Absent: it changes nobody's reach.
   */
  reachAfter?(reachable: Reachable, args: Args, becomes: Becoming): Reachable;
  /** What of a declaration can't stand beside what is declared already, or goes in this update. */
  conflicts?(args: Args, operation: Operation): readonly Problem[];
  texts(args: Args): readonly Text[];
  /** What the server is asked at preview, before anything is touched. */
  probes(args: Args): readonly Probe[];
  /** Statements that make the object true for later questions of the same preview, where it is still to be created. */
  assumptions?(args: Args): readonly string[];
  /** What this resource makes that others may name. */
  makes?(args: Args): MadeObject;
  /** Whether it makes more than `makes` can tell, which only the server knows: what an extension contains. Default: no. */
  readonly makesUnknown?: true;
  /** What `find` looks at; every snapshot has it. */
  readonly reads: readonly CatalogPart[];
  /** What of that to read to find one object. @throws {InputError} when the id is not of this kind's form */
  scope(id: string): Scope;
  find(catalog: Catalog, id: string): Args | undefined;
  /**
   * For a kind that looks at what the rest of the program declares: the checked declaration with what was found live, as `derived`
   * properties. It is asked when everything that the program declares before it is known, and tells by itself what it found; reading, which
   * comes before the program, finds nothing. Absent: the declaration stands by itself.
   */
  derive?(declared: Args, context: Context): Promise<Args>;
  /**
   * The live object beside a declaration, for kinds that name what other resources make: what is declared is taken from the declaration,
   * whether it is there or not, and only the rest from the live object. Without a declaration (an import) all that is there counts as declared.
   */
  relate?(live: Args, declared: Args | undefined): Args;
  /** Whether nobody has decided anything about the live object yet, so that creating may take it over without asking. */
  isUntouched?(live: Args, desired: Args, operation: Operation): boolean;
  /**
   * The live grants beyond a declaration (undefined: all) that a grantee with a grant option made. A REVOKE of the owner's does not reach
   * them, one with CASCADE from who made them does; what goes along with it is for the plan to grant again. Absent: the plan reaches all.
   */
  passedOn?(catalog: Catalog, id: string, desired: Args | undefined): readonly PassedOn[];
  /** Statements that take the live object (or none) to the desired state, run in one transaction. */
  plan(live: Args | undefined, desired: Args, server: Server): readonly string[];
  /** Statements that undo the declaration; what they leave is never more open than before. */
  remove(live: Args, declared: Args): readonly string[];
  /**
   * What keeps the live object from making room for another one, a clause each with what to do: what it holds, or what uses it. Asked
   * before anything is changed.
   */
  obstacles?(live: Args, at: { readonly session: Session; readonly operation: Operation }): Promise<readonly string[]>;
  /** Why the live object stays although its resource goes, and the statements that undo the declaration all the same. Undefined: it goes. */
  retain?(live: Args, removal: Removal<Args>): Promise<Retention | undefined>;
  /**
   * Runs work that takes the object away, for a moment or for good, and brings what the stack declares of those who use it over to what
   * comes instead, in the same transaction. Default: runs the work.
   * @returns what was changed of other objects
   * @throws {StillInUse} where something can't be brought over; the caller rolls back
   */
  exchange?(change: {
    readonly session: Session;
    readonly operation: Operation;
    readonly id: string;
    readonly successor: string | undefined;
    readonly work: () => Promise<void>;
  }): Promise<readonly OwnChange[]>;
  /**
   * What a migration left, brought as near to a reference as goes where something that the reference uses is not there: never more open
   * than the reference, in no statement that could miss anything. Undefined: there is nothing to do. Absent: nothing can be missing.
   */
  narrow?(live: Args | undefined, reference: Args): Args | undefined;
  /** What the statements of pending migrations do otherwise than is declared, in their order. Absent: no statement concerns this kind. */
  contradictions?(
    effects: readonly Effect[],
    declared: { readonly id: string; readonly inputs: Args },
  ): readonly Contradiction[];
  /** For kinds whose work is more than statements in one transaction. */
  execute?(change: Change<Args>): Promise<void>;
  /** Waits for what others do, before `execute` and while other resources go on with their work. Absent: there is nothing to wait for. */
  wait?(change: Change<Args> & { readonly desired: Args }): Promise<void>;
  /** Whether its work changes objects that other resources declare. Default: no. */
  readonly changesOthers?: true;
  /** What happens in the transaction of a migration, for the sake of this resource. Absent: nothing. */
  guard?(args: Args, operation: Operation): TransactionGuard | undefined;
  /** Looks, at preview, whether the change can be made. @throws {InputError} when it can't */
  inspect?(change: {
    readonly live: Args | undefined;
    readonly desired: Args;
    /** The object that goes, where the resource is replaced. */
    readonly former?: Args | undefined;
    readonly operation: Operation;
    readonly report: (message: string, severity?: "info" | "warning") => void;
  }): Promise<void>;
  /** What a reviewer of the preview should know beyond the properties that change. Texts are in the server's words, as far as it knows them. */
  notes?(change: {
    readonly live: Args | undefined;
    readonly desired: Args;
    readonly operation: Operation;
  }): readonly Note[] | Promise<readonly Note[]>;
  /** The same of a resource that has left the program. Absent: who gains and loses access by it is all that there is to know. */
  leavingNotes?(live: Args, operation: Operation): Promise<readonly Note[]>;
}

/** An object that one resource's transaction changed for another's sake. */
export interface OwnChange {
  readonly kind: Kind;
  readonly id: string;
  readonly before: Properties | undefined;
  readonly after: Properties | undefined;
}

/** What uses an object could not be brought over to another one: it says what no longer holds then, or was made by somebody else. */
export class StillInUse extends InputError {
  override readonly name = "StillInUse";
  /** Whether what uses it is the stack's own and declared no longer, so that this update removes it too. */
  readonly isByLeaving: boolean;

  constructor(message: string, { isByLeaving = false } = {}) {
    super(message, { code: "still-in-use" });
    this.isByLeaving = isByLeaving;
  }
}

export interface Removal<Args extends Properties = Properties> {
  readonly declared: Args;
  readonly session: Session;
  readonly server: Server;
  /** Whether the object was there before the stack took it over. */
  readonly existedBefore: boolean;
  /** Whether the resource has another object now, and the program knows this one no longer. */
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

/** A schema, or something in it. */
export interface MadeObject {
  readonly schema: string;
  readonly name?: string;
}

/** Work at the beginning and at the end of somebody else's transaction. */
export interface TransactionGuard {
  before(session: Session): Promise<void>;
  /** @throws {InputError} where the transaction must not be committed */
  after(session: Session): Promise<void>;
}

export interface Change<Args extends Properties> {
  readonly live: Args | undefined;
  /** Undefined on delete. */
  readonly desired: Args | undefined;
  readonly operation: Operation;
  readonly context: Context;
  readonly report: (message: string) => void;
}
