import * as pulumi from "@pulumi/pulumi";

/** The resources to wait for: for a component, its children. */
export function membersOf(resource: pulumi.Resource): pulumi.Resource[] {
  if (!pulumi.ComponentResource.isInstance(resource)) return [resource];
  const { __childResources: children } = resource as unknown as { __childResources?: ReadonlySet<pulumi.Resource> };
  return [...(children ?? [])].flatMap(membersOf);
}

/**
 * The provider that the program set on the resource or on one of its parents; undefined: the default provider.
 * Undocumented.
 */
export function providerOf(resource: pulumi.Resource): pulumi.ProviderResource | undefined {
  return (resource as unknown as { readonly __prov?: pulumi.ProviderResource }).__prov;
}

/** Undocumented; the SDK itself waits for it. */
export function urnOf(resource: pulumi.Resource): Promise<unknown> {
  return (resource.urn as unknown as { promise(): Promise<unknown> }).promise();
}
