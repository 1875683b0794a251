import { InputError } from "../errors/errors.ts";
import type { Properties } from "../values/properties.ts";
import type { Kind } from "./kind.ts";

interface Claim {
  readonly urn: string;
  readonly description: string;
  readonly isPart: boolean;
  readonly conflictsWith: readonly string[];
}

/** Which resource of a program owns what; nothing can be declared twice. */
export class Claims {
  readonly #claims = new Map<string, Claim>();
  readonly #declared = new Set<string>();

  /**
   * Notes what a resource owns alone.
   * @throws {InputError} when another resource owns it already
   */
  note<Args extends Properties>(kind: Kind<Args>, args: Args, urn: string): void {
    this.#declared.add(urn);
    for (const { on, description, isPart = false, conflictsWith = [] } of kind.claims(args)) {
      const rival = this.#claimsBeside(on, conflictsWith).find((claim) => claim.urn !== urn);
      if (rival) {
        throw new InputError(
          `${rival.description} already ${rival.isPart ? "stands in" : "belongs to"} the resource ${resourceName(rival.urn)}; declare it once: remove one of the two`,
        );
      }
      this.#claims.set(on, { urn, description, isPart, conflictsWith });
    }
  }

  /**
   * The name of the resource that claims something of what these properties stand for.
   * @param except a resource that does not count
   */
  find(kind: Kind, args: Properties, except?: string): string | undefined {
    const claim = kind
      .claims(args)
      .flatMap(({ on, conflictsWith = [] }) => this.#claimsBeside(on, conflictsWith))
      .find((found) => found.urn !== except);
    return claim && resourceName(claim.urn);
  }

  /** Whether a resource of the program has claimed this so far. */
  has(on: string): boolean {
    return this.#claims.has(on);
  }

  /** Whether the program has declared the resource; of one that is to be deleted all the same, another object stands for it now. */
  isDeclared(urn: string): boolean {
    return this.#declared.has(urn);
  }

  /** Claims of the same, of what it conflicts with, and those that conflict with it. */
  #claimsBeside(on: string, conflictsWith: readonly string[]): readonly Claim[] {
    return [
      ...[on, ...conflictsWith].flatMap((name) => this.#claims.get(name) ?? []),
      ...[...this.#claims.values()].filter((claim) => claim.conflictsWith.includes(on)),
    ];
  }
}

/** The name a program gave: the last part of `urn:pulumi:dev::palisade::palisade:index:TableAccess::tasks`. */
export function resourceName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
