/** The name a program gave: the last part of `urn:pulumi:dev::palisade::palisade:index:TableAccess::tasks`. */
export function resourceName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/**
 * Whether a provider's URN is that of the default provider, which has the stack's settings. A program names explicit
 * providers itself.
 */
export function isDefaultProvider(urn: string): boolean {
  return /^default(_|$)/.test(resourceName(urn));
}

/** Its own type, without those of its components: `palisade:index:TableAccess`. */
export function typeOfUrn(urn: string): string {
  return typesOfUrn(urn).at(-1) ?? "";
}

/** `my:app:Outer$palisade:components:TenantTable$palisade:index:TableAccess` has three, its own last. */
export function typesOfUrn(urn: string): readonly string[] {
  return (urn.split("::")[2] ?? "").split("$");
}

/** The type token of a kind of this provider: `palisade:index:TableAccess`. */
export function typeToken(kind: string): string {
  return `${tokenStart}${kind}`;
}

/** The kind in a type token, whether or not it exists; undefined for a type of another package, and a component. */
export function kindOfToken(token: string): string | undefined {
  return token.startsWith(tokenStart) ? token.slice(tokenStart.length) : undefined;
}

const tokenStart = "palisade:index:";
