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
