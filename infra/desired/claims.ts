import { InputError } from "../errors/errors.ts";
import { resourceName } from "../values/urn.ts";

/** Something that a resource exclusively owns, or a part of it. */
export interface Claim {
  /** `table public.tasks`; equal claims collide. */
  readonly on: string;
  /** What the claim covers, for the message: `row security, policies and grants of public.tasks`. */
  readonly description: string;
  /** Whether it is only a part of a table that is declared separately from the table. Default: no. */
  readonly isPart?: boolean;
  /** The names of other claims that collide with this one. */
  readonly conflictsWith?: readonly string[];
}

type Owned = Claim & { readonly urn: string };

/** Records which resource of a program owns what. Nothing can be declared twice. */
export class Claims {
  readonly #claims = new Map<string, Owned>();
  /** By the claim that they conflict with, and then by their own name. */
  readonly #conflicting = new Map<string, Map<string, Owned>>();
  readonly #declared = new Set<string>();

  /** Records what a resource exclusively owns. @throws {InputError} if another resource owns it already */
  note(urn: string, claims: readonly Claim[]): void {
    this.#declared.add(urn);
    for (const claim of claims) {
      const rival = this.#claimsBeside(claim).find((other) => other.urn !== urn);
      if (rival) {
        throw new InputError(
          `${rival.description} already ${rival.isPart ? "stands in" : "belongs to"} the resource ${resourceName(rival.urn)}; declare it once: remove one of the two`,
        );
      }
      this.#add({ ...claim, urn });
    }
  }

  /** The name of a resource that owns something that these claims include. @param except a resource to ignore */
  find(claims: readonly Claim[], except?: string): string | undefined {
    const found = claims.flatMap((claim) => this.#claimsBeside(claim)).find(({ urn }) => urn !== except);
    return found && resourceName(found.urn);
  }

  /** Whether a resource of the program has claimed this so far. */
  has(on: string): boolean {
    return this.#claims.has(on);
  }

  /**
   * Whether the program has declared the resource. If such a resource is deleted, it has been replaced and now stands
   * for another object.
   */
  isDeclared(urn: string): boolean {
    return this.#declared.has(urn);
  }

  #add(claim: Owned): void {
    this.#claims.set(claim.on, claim);
    for (const name of claim.conflictsWith ?? []) {
      const known = this.#conflicting.get(name) ?? new Map<string, Owned>();
      this.#conflicting.set(name, known.set(claim.on, claim));
    }
  }

  /** Claims with the same name, those that this one conflicts with, and those that conflict with it. */
  #claimsBeside({ on, conflictsWith = [] }: Claim): readonly Owned[] {
    return [
      ...[on, ...conflictsWith].flatMap((name) => this.#claims.get(name) ?? []),
      ...(this.#conflicting.get(on)?.values() ?? []),
    ];
  }
}
