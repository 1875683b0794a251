import { z } from "zod";

/** A URL that a browser or a server can call. */
export const webUrl = text((value) => {
  const url = parseUrl(value);
  if (url === undefined) return "is no URL; it looks like https://example.com";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "does not begin with https://";
  return undefined;
});

/** The key for browsers. Checking only its length would accept a secret key, which everybody could then read. */
export const publishableKey = text((value) => {
  const kind = keyKind(value);
  if (kind === "secret") {
    return "is a secret key, and a browser must never get it: take the publishable one, and replace the secret key if it was ever in a build";
  }
  if (kind === undefined) return "is no publishable key (sb_publishable_…) and no anon key (a JWT with the role anon)";
  if (value.length < 32) return "is too short for a key; part of it is missing";
  return undefined;
});

/** A text with a minimum length, such as another service's key. */
export function textOf(minimum: number) {
  return text((value) =>
    value.length < minimum ? `has ${value.length} characters; at least ${minimum} are expected` : undefined,
  );
}

/** The message never contains the value: it may be a secret, and the message ends up in logs. */
export function text(findProblem: (value: string) => string | undefined) {
  return z.string().check(({ value, issues }) => {
    const problem = value === value.trim() ? findProblem(value) : "begins or ends with white space";
    if (problem !== undefined) issues.push({ code: "custom", input: undefined, message: problem });
  });
}

/** @see https://supabase.com/docs/guides/api/api-keys */
export function keyKind(key: string): "publishable" | "secret" | undefined {
  if (key.startsWith("sb_publishable_")) return "publishable";
  if (key.startsWith("sb_secret_")) return "secret";
  const role = tokenRole(key);
  if (role === "anon") return "publishable";
  return role === "service_role" ? "secret" : undefined;
}

/** The role in a JWT. The server checks the signature. */
function tokenRole(token: string): unknown {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof claims === "object" && claims !== null && "role" in claims ? claims.role : undefined;
  } catch {
    return undefined;
  }
}

export function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}
