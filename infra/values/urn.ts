/** The name a program gave: the last part of `urn:pulumi:dev::palisade::palisade:index:TableAccess::tasks`. */
export function resourceName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
