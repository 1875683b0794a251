import { existsSync } from "node:fs";
import { readAssumedConfiguration, readDeclaredStack } from "../contract/declared-stack.ts";
import { formatProblems, InputError } from "../errors/errors.ts";
import { classNameOf } from "../lifecycle/adoptable.ts";
import { type DeclaredResource, isNormal, normaliseDeclarations } from "../lifecycle/normal-declarations.ts";
import type { Operation } from "../lifecycle/operation.ts";
import { withheld } from "../settings/configuration.ts";
import type { QualifiedName } from "../sql/quote.ts";
import { objectKey } from "./left-out.ts";
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
  /** The objects that it declares, by `objectKey`. */
  readonly declared: readonly string[];
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
  if (!existsSync(main)) return { names: [], functions: [], declared: [], unread: [] };
  const { server } = await operation.snapshot();
  const names: NamedIn[] = [];
  const functions: DeclaredFunction[] = [];
  const declared: string[] = [];
  const unread: string[] = [];
  const resources = await readProgram(directory, stack, main);
  for (const declaration of await normaliseDeclarations(resources, { server, operation })) {
    const { kind, resource } = declaration;
    const { type, name } = resource;
    names.push({ kind: kind.name, name });
    if (!isNormal(declaration)) {
      unread.push(`${classNameOf(kind)} ${name}: ${formatProblems(declaration.problems)}`);
      continue;
    }
    const desired = declaration.inputs;
    const routine = kind.adoptable?.makesFunction?.(desired);
    if (routine !== undefined) functions.push({ resourceName: name, routine });
    const urn = `urn:pulumi:${stack}::program::${type}::${name}`;
    const meaning = { claims: kind.claims(desired), access: kind.access?.(desired) };
    const id = kind.identify(desired);
    declared.push(objectKey({ kind, id }));
    operation.declarations.note({ urn, kind: kind.name, id, inputs: desired }, meaning);
  }
  return { names, functions, declared, unread };
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
