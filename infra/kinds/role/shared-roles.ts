/**
 * The platform's roles that requests act as or log in with, and the deploying role. They may be given memberships and
 * settings.
 */
const sharedRoles = new Set(["anon", "authenticated", "service_role", "authenticator", "postgres"]);

/**
 * Whether the role is one of the platform's shared ones: it is never created or dropped here, and its attributes can't
 * be declared.
 */
export function isShared(name: string): boolean {
  return sharedRoles.has(name);
}
