import { existsSync } from "node:fs";
import { readDeclaredStack } from "../contract/declared-stack.ts";
import { normalise } from "../lifecycle/normalise.ts";
import type { Operation } from "../lifecycle/operation.ts";
import type { QualifiedName } from "../sql/quote.ts";
import type { Properties } from "../values/properties.ts";
import type { NamedIn } from "./resource-names.ts";
import type { Target } from "./target.ts";

/** A function that the program declares. */
export interface DeclaredFunction {
  readonly resourceName: string;
  readonly routine: QualifiedName;
}

export interface ExistingProgram {
  /** The names that its resources have. */
  readonly names: readonly NamedIn[];
  readonly functions: readonly DeclaredFunction[];
}

/**
 * Notes what the program that is there declares, so that none of it is declared a second time.
 * @throws {InputError} where the program fails, in its words
 */
export async function noteExistingProgram(
  { directory, main }: Target,
  stack: string,
  operation: Operation,
): Promise<ExistingProgram> {
  if (!existsSync(main)) return { names: [], functions: [] };
  const { server } = await operation.snapshot();
  const names: NamedIn[] = [];
  const functions: DeclaredFunction[] = [];
  for (const { type, name, inputs } of await readDeclaredStack({ directory, stack, program: main })) {
    const kind = operation.kindNamed(type.split(":").at(-1) ?? "");
    if (!type.startsWith("palisade:") || kind === undefined) continue;
    names.push({ kind: kind.name, name });
    const normal = await normalise(kind, inputs, { server, operation, old: undefined }, name);
    if (Array.isArray(normal)) continue;
    const desired = normal as Properties;
    const routine = kind.adoptable?.makesFunction?.(desired);
    if (routine !== undefined) functions.push({ resourceName: name, routine });
    const urn = `urn:pulumi:${stack}::program::${type}::${name}`;
    const meaning = { claims: kind.claims(desired), access: kind.access?.(desired) };
    operation.declarations.note({ urn, kind: kind.name, id: kind.identify(desired), inputs: desired }, meaning);
  }
  return { names, functions };
}
