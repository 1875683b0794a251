import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createTestFolder } from "../support/folder.ts";
import { SecretSearch } from "../support/secrets/search.ts";

const secret = `a1 b@2/c3?d#4:e%5&f=6+g<7>h$8'i"9\\j\`k!é🔑l`;
const bytes = Buffer.from(secret);
const url = new URL("postgresql://postgres@localhost/postgres");
url.password = secret;

/** Each: a form by name, and texts that hold the secret in it, as others write them. */
const writings: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  "as it is": [`password ${secret}.`, Buffer.concat([Buffer.from([0, 255, 254]), bytes, Buffer.from([0])])],
  "percent-encoded": [
    url.href,
    `?password=${encodeURIComponent(secret)}&x=1`,
    encodeURIComponent(secret).replace(/%../g, (digits) => digits.toLowerCase()),
    new URLSearchParams({ password: secret }).toString(),
    [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
    // Python's urllib.parse.quote_plus
    "a1+b%402%2Fc3%3Fd%234%3Ae%255%26f%3D6%2Bg%3C7%3Eh%248%27i%229%5Cj%60k%21%C3%A9%F0%9F%94%91l",
  ],
  "percent-encoded twice": [encodeURIComponent(encodeURIComponent(secret))],
  base64: ["", "u", "u:", "user"].flatMap((before) =>
    ["", "!", "!!"].flatMap((after) =>
      (["base64", "base64url"] as const).map((encoding) => Buffer.from(before + secret + after).toString(encoding)),
    ),
  ),
  hex: [bytes.toString("hex"), `\\x${bytes.toString("hex")}`, bytes.toString("hex").toUpperCase()],
  "escaped in JSON": [
    JSON.stringify({ url: `x${secret}y` }),
    // Go's encoding/json
    `{"p":"a1 b@2/c3?d#4:e%5\\u0026f=6+g\\u003c7\\u003eh$8'i\\"9\\\\j\`k!é🔑l"}`,
    // Python's json.dumps
    `"a1 b@2/c3?d#4:e%5&f=6+g<7>h$8'i\\"9\\\\j\`k!\\u00e9\\ud83d\\udd11l"`,
    // Go's %q
    `"a1 b@2/c3?d#4:e%5&f=6+g<7>h$8'i\\"9\\\\j\`k!é🔑l"`,
    // PHP's json_encode, apart from its \\u
    `"a1 b@2\\/c3?d#4:e%5&f=6+g<7>h$8'i\\"9\\\\j\`k!é🔑l"`,
  ],
  "escaped in JSON in JSON": [JSON.stringify(JSON.stringify({ secret }))],
  "escaped by Go in ASCII": [`"a1 b@2/c3?d#4:e%5&f=6+g<7>h$8'i\\"9\\\\j\`k!\\u00e9\\U0001f511l"`],
  "quoted by JavaScript": [inspect(secret), inspect({ password: secret })],
  "quoted for a shell": [
    `'a1 b@2/c3?d#4:e%5&f=6+g<7>h$8'\\''i"9\\j\`k!é🔑l'`,
    // bash's printf %q
    `a1\\ b@2/c3\\?d\\#4:e%5\\&f=6+g\\<7\\>h\\$8\\'i\\"9\\\\j\\\`k\\!\\é\\🔑l`,
  ],
  "quoted in SQL or YAML": [
    `'${secret.replaceAll("'", "''")}'`,
    `E'${secret.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`,
  ],
  "escaped in HTML": [`<p>a1 b@2/c3?d#4:e%5&amp;f=6+g&lt;7&gt;h$8&#39;i&#34;9\\j\`k!é🔑l</p>`],
};

describe("the search for a secret", () => {
  it.each(Object.entries(writings))("finds it %s", (form, texts) => {
    for (const text of texts) {
      expect(new SecretSearch({ "the password": secret }).find("log", text), String(text)).toContain(
        `log: the password, ${form}`,
      );
    }
  });

  it("finds nothing in what holds another secret, or only a part of it", () => {
    const search = new SecretSearch({ "another password": secret.replace("c3", "c4") });
    for (const text of Object.values(writings).flat()) expect(search.find("log", text), String(text)).toEqual([]);
    expect(search.find("log", secret.replace("c3", ""))).toEqual([]);
  });

  it("looks into compressed files, at their names, and not where links lead", () => {
    const folder = createTestFolder();
    const search = new SecretSearch({ "the key": "4711-4712" });
    writeFileSync(join(folder, "state.json.gz"), gzipSync("key: 4711-4712"));
    writeFileSync(join(folder, "of 4711-4712"), "nothing");
    expect(
      search
        .findInFolder(folder)
        .map((finding) => finding.replace(folder, ""))
        .sort(),
    ).toEqual(["/state.json.gz: the key, as it is", "names of files: the key, as it is"]);
    expect(search.findInFolder(folder, (path) => path.endsWith(".txt"))).toEqual([]);
    expect(search.searched.get("names of files")).toBeGreaterThan(0);
  });
});
