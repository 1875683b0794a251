import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

export interface Certificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

/**
 * A certificate for tests, valid for a day: signed by itself, as an authority's is, or by another.
 * @param names what it is made out to: host names, and addresses of IPv4
 * @see https://datatracker.ietf.org/doc/html/rfc5280#section-4.1
 */
export function createCertificate(
  subject: string,
  names: readonly string[] = [],
  authority?: Certificate & { readonly subject: string },
): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuerKey: KeyObject = authority === undefined ? privateKey : createPrivateKey(authority.key);
  const hour = 60 * 60 * 1000;
  const extensions = [
    ...(authority === undefined ? [extension("551d13", sequence(der(0x01, Buffer.of(0xff))))] : []),
    ...(names.length === 0 ? [] : [extension("551d11", sequence(...names.map(alternativeName)))]),
  ];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    distinguishedName(authority?.subject ?? subject),
    sequence(time(Date.now() - hour), time(Date.now() + 24 * hour)),
    distinguishedName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  const signature = sign("sha256", body, issuerKey);
  const whole = sequence(body, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${whole.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function der(tag: number, content: Buffer): Buffer {
  const length = content.length;
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** @param identifier the object identifier's bytes, in hexadecimal */
function extension(identifier: string, value: Buffer): Buffer {
  return sequence(der(0x06, Buffer.from(identifier, "hex")), der(0x04, value));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(der(0x06, Buffer.from("550403", "hex")), der(0x0c, Buffer.from(commonName)))));
}

function alternativeName(name: string): Buffer {
  const address = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return address ? der(0x87, Buffer.from(name.split(".").map(Number))) : der(0x82, Buffer.from(name));
}

function time(milliseconds: number): Buffer {
  return der(0x18, Buffer.from(`${new Date(milliseconds).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`));
}

const ecdsaWithSha256 = sequence(der(0x06, Buffer.from("2a8648ce3d040302", "hex")));
