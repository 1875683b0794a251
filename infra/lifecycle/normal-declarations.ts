import { InputError, type Problem } from "../errors/errors.ts";
import type { Properties } from "../values/properties.ts";
import { kindOfToken } from "../values/urn.ts";
import type { Kind, NormaliseContext } from "./kind.ts";
import { normalise } from "./normalise.ts";

/** A declared resource, with outputs resolved. */
export interface DeclaredResource {
  /** Its type token, such as `palisade:index:Bucket`. */
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
}

/** A resource of one of our kinds, with its inputs in normal form. */
export interface NormalDeclaration {
  readonly kind: Kind;
  readonly resource: DeclaredResource;
  readonly inputs: Properties;
}

/** A resource whose inputs have no normal form: they are wrong, or only an update knows them. */
interface UnreadDeclaration {
  readonly kind: Kind;
  readonly resource: DeclaredResource;
  readonly problems: readonly Problem[];
}

export type ReadDeclaration = NormalDeclaration | UnreadDeclaration;

/**
 * Brings a program's resources into normal form, as check does. Everything that reads a program by itself reads it
 * through this function, so that defaults, spellings and checks are only in the kinds' own folders. Components and
 * resources of other providers are left out.
 */
export async function normaliseDeclarations(
  resources: readonly DeclaredResource[],
  context: Omit<NormaliseContext, "old">,
  isWanted: (kind: Kind) => boolean = () => true,
): Promise<readonly ReadDeclaration[]> {
  const read: ReadDeclaration[] = [];
  for (const resource of resources) {
    const kind = context.operation.kindNamed(kindOfToken(resource.type) ?? "");
    if (kind === undefined || !isWanted(kind)) continue;
    const normal = await normaliseOne(kind, resource, context);
    read.push(Array.isArray(normal) ? { kind, resource, problems: normal } : { kind, resource, inputs: normal });
  }
  return read;
}

export function isNormal(declaration: ReadDeclaration): declaration is NormalDeclaration {
  return "inputs" in declaration;
}

/** The declarations of one kind. */
export function declaredOf<Args extends Properties>(
  kind: { readonly name: string; identify(args: Args): string },
  declarations: readonly { readonly kind: Kind; readonly inputs: Properties }[],
): readonly Args[] {
  return declarations.filter((each) => each.kind.name === kind.name).map(({ inputs }) => inputs as Args);
}

async function normaliseOne(
  kind: Kind,
  { name, inputs }: DeclaredResource,
  context: Omit<NormaliseContext, "old">,
): Promise<Properties | Problem[]> {
  try {
    return await normalise(kind, inputs, { ...context, old: undefined }, name);
  } catch (error) {
    if (error instanceof InputError) return [...error.problems];
    throw error;
  }
}
