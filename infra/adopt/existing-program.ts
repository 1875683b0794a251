import { existsSync } from "node:fs";
import { type DeclaredResource, readAssumedConfiguration, readDeclaredStack } from "../contract/declared-stack.ts";
import { formatProblems, InputError } from "../errors/errors.ts";
import { normalise } from "../lifecycle/normalise.ts";
import type { Operation } from "../lifecycle/operation.ts";
import { withheld } from "../settings/configuration.ts";
import type { QualifiedName } from "../sql/quote.ts";
import type { Properties } from "../values/properties.ts";
import { kindOfToken } from "../values/urn.ts";
import type { NamedIn } from "./resource-names.ts";
import type { Target } from "./target.ts";

/** A function that the program declares. */
export interface DeclaredFunction {
  readonly resourceName: string;
  readonly routine: QualifiedName;
}

export interface ExistingProgram {
  /** The names of its resources. */
  readonly names: readonly NamedIn[];
  readonly functions: readonly DeclaredFunction[];
  /** The resources whose declarations can't be determined here, and why. */
  readonly unread: readonly string[];
}

/**
 * Records what the existing program declares, so that nothing is declared twice.
 * @throws {InputError} with the program's message if it fails
 */
export async function noteExistingProgram(
  { directory, main }: Target,
  stack: string,
  operation: Operation,
): Promise<ExistingProgram> {
  if (!existsSync(main)) return { names: [], functions: [], unread: [] };
  const { server } = await operation.snapshot();
  const names: NamedIn[] = [];
  const functions: DeclaredFunction[] = [];
  const unread: string[] = [];
  for (const { type, name, inputs } of await readProgram(directory, stack, main)) {
    const kind = operation.kindNamed(kindOfToken(type) ?? "");
    if (kind === undefined) continue;
    names.push({ kind: kind.name, name });
    const normal = await normalise(kind, inputs, { server, operation, old: undefined }, name);
    if (Array.isArray(normal)) {
      unread.push(`${kind.name} ${name}: ${formatProblems(normal)}`);
      continue;
    }
    const desired = normal as Properties;
    const routine = kind.adoptable?.makesFunction?.(desired);
    if (routine !== undefined) functions.push({ resourceName: name, routine });
    const urn = `urn:pulumi:${stack}::program::${type}::${name}`;
    const meaning = { claims: kind.claims(desired), access: kind.access?.(desired) };
    operation.declarations.note({ urn, kind: kind.name, id: kind.identify(desired), inputs: desired }, meaning);
  }
  return { names, functions, unread };
}

/** @throws {InputError} with the program's message, and what was withheld from the program */
async function readProgram(directory: string, stack: string, program: string): Promise<readonly DeclaredResource[]> {
  const configuration = readAssumedConfiguration(directory, stack);
  try {
    return await readDeclaredStack({ directory, stack, program, configuration });
  } catch (error) {
    const isWithheld = Object.values(configuration).includes(withheld);
    if (!(error instanceof InputError) || !isWithheld) throw error;
    throw new InputError(
      `${error.message}\nTo know what it declares already, the program is run with the word "${withheld}" for each secret of the stack's configuration: ` +
        "let it take such a value as it is where it declares something, or adopt into a folder of its own (--out)",
    );
  }
}
