/**
 * The forms in which a secret may turn up in what programs write, each by its name: as it is, and as every encoding and quoting on the way to
 * a log, a file or a command line leaves it.
 */
export function formsOf(secret: string): ReadonlyMap<string, readonly string[]> {
  const percentEncoded = percentEncodings(secret);
  const json = jsonOf(secret);
  const backslashed = secret.replaceAll("\\", "\\\\");
  const hex = Buffer.from(secret).toString("hex");
  const forms: readonly (readonly [string, readonly string[]])[] = [
    ["as it is", [secret]],
    ["percent-encoded", percentEncoded],
    ["percent-encoded twice", percentEncoded.map(encodeURIComponent)],
    ["base64", base64Of(secret)],
    ["hex", [hex, hex.toUpperCase()]],
    ["escaped in JSON", json],
    ["escaped in JSON in JSON", json.flatMap(jsonOf)],
    ["escaped by Go in ASCII", [asciiByGo(secret)]],
    ["quoted by JavaScript", ["'", '"', "`"].map((quote) => backslashed.replaceAll(quote, `\\${quote}`))],
    ["quoted for a shell", [secret.replaceAll("'", `'\\''`), secret.replace(/[^\w@%+=:,./-]/gu, "\\$&")]],
    ["quoted in SQL or YAML", [secret, backslashed].map((text) => text.replaceAll("'", "''"))],
    ["escaped in HTML", [secret.replace(/[&<>"']/g, (character) => htmlNames[character] ?? character)]],
  ];
  return new Map(forms.map(([name, texts]) => [name, [...new Set(texts)]]));
}

/** As one part of a URL, as a URL's password, as a form's value, and with no character left as it was; in either case. */
function percentEncodings(secret: string): readonly string[] {
  const url = new URL("postgresql://user@host");
  url.password = secret;
  const component = encodeURIComponent(secret);
  const strict = component.replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const form = new URLSearchParams({ secret }).toString().slice("secret=".length);
  const everyByte = Buffer.from(secret).toString("hex").toUpperCase().replace(/../g, "%$&");
  const upper = [component, url.password, encodeURI(secret), strict, form, everyByte];
  return upper.flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (digits) => digits.toLowerCase())]);
}

/** What is encoded may begin anywhere in a group of three bytes; characters that hold bits of its neighbours are left out. */
function base64Of(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    const first = Math.ceil((offset * 8) / 6);
    const end = Math.floor((bytes.length * 8) / 6);
    return (["base64", "base64url"] as const).map((alphabet) => bytes.toString(alphabet).slice(first, end));
  });
}

/** JavaScript escapes what it must, Go also what HTML gives a meaning to, some a slash, others everything outside ASCII. */
function jsonOf(secret: string): readonly string[] {
  const plain = JSON.stringify(secret).slice(1, -1);
  const variants = [plain, plain.replaceAll("/", "\\/"), plain.replace(/[<>&]/g, escapeUnit)];
  return variants.flatMap((text) => [text, text.replace(/[^\x20-\x7e]/g, escapeUnit)]);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** As Go's `%+q`: what JSON writes as two halves is one there. */
function asciiByGo(secret: string): string {
  const escapeCharacter = (character: string) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  };
  return JSON.stringify(secret)
    .slice(1, -1)
    .replace(/[^\x20-\x7e]/gu, escapeCharacter);
}

const htmlNames: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};
