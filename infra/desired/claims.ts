import { InputError } from "../errors/errors.ts";
import { resourceName } from "../values/urn.ts";

/** What a resource owns alone, or a part of it. */
export interface Claim {
  /** `table public.tasks`; equal claims collide. */
  readonly on: string;
  /** What the claim covers, for the message: `row security, policies and grants of public.tasks`. */
  readonly description: string;
  /** Whether it is only a part of a table, which stands in a resource and does not belong to it. Default: no. */
  readonly isPart?: boolean;
  /** Claims of these other names collide with this one as well. */
  readonly conflictsWith?: readonly string[];
}

type Owned = Claim & { readonly urn: string };

/** Which resource of a program owns what; nothing can be declared twice. */
export class Claims {
  readonly #claims = new Map<string, Owned>();
  /** By what they conflict with, and then by what they are on. */
  readonly #conflicting = new Map<string, Map<string, Owned>>();
  readonly #declared = new Set<string>();

  /**
   * Notes what a resource owns alone.
   * @throws {InputError} when another resource owns it already
   */
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

  /**
   * The name of a resource that owns something of this.
   * @param except a resource that does not count
   */
  find(claims: readonly Claim[], except?: string): string | undefined {
    const found = claims.flatMap((claim) => this.#claimsBeside(claim)).find(({ urn }) => urn !== except);
    return found && resourceName(found.urn);
  }

  /** Whether a resource of the program has claimed this so far. */
  has(on: string): boolean {
    return this.#claims.has(on);
  }

  /** Whether the program has declared the resource; of one that is to be deleted all the same, another object stands for it now. */
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

  /** Claims of the same, of what it conflicts with, and those that conflict with it. */
  #claimsBeside({ on, conflictsWith = [] }: Claim): readonly Owned[] {
    return [
      ...[on, ...conflictsWith].flatMap((name) => this.#claims.get(name) ?? []),
      ...(this.#conflicting.get(on)?.values() ?? []),
    ];
  }
}
