import { createHmac, generateKeyPairSync, randomUUID, sign as signWith } from "node:crypto";

/** The key by which a project's Auth server signs tokens, as new projects have it: who has the public half can only verify them. */
export interface SigningKey {
  /** As a project publishes it. @see https://www.rfc-editor.org/rfc/rfc7517 */
  readonly publicKeys: string;
  readonly sign: (claims: object) => string;
}

export function createSigningKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const header = { alg: "ES256", kid: randomUUID(), typ: "JWT" };
  return {
    publicKeys: JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), ...header, use: "sig" }] }),
    sign(claims) {
      const signed = `${encode(header)}.${encode(claims)}`;
      const signature = signWith("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${signed}.${signature.toString("base64url")}`;
    },
  };
}

/** A moment that many seconds from now, as tokens name one. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** The token, saying of itself that it is not signed. */
export function withoutSignature(token: string): string {
  const [, claims] = token.split(".");
  return `${encode({ alg: "none", typ: "JWT" })}.${claims}.`;
}

/** The token with other claims, and the signature that it had. */
export function withClaims(token: string, claims: object): string {
  const [header, , signature] = token.split(".");
  return `${header}.${encode(claims)}.${signature}`;
}

/** The token signed anew with what everybody may know, as if that were a secret. */
export function signedWithPublicKeys(token: string, publicKeys: string): string {
  const [, claims] = token.split(".");
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${claims}`;
  return `${signed}.${createHmac("sha256", publicKeys).update(signed).digest("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
