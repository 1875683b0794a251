import type { RefusedDeclaration } from "../sample.ts";

const bucket = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `a bucket ${title}`,
  kind: "Bucket",
  input: { name: "wrong", ...input },
  property,
  says,
});
const size = (
  title: string,
  fileSizeLimit: unknown,
  says = /is no file size; write bytes, or a number with kB, MB or GB, such as 50MB/,
) => bucket(`of ${title}`, { fileSizeLimit }, "fileSizeLimit", says);
const type = (
  title: string,
  allowedMimeTypes: unknown,
  property = "allowedMimeTypes[0]",
  says = /a MIME type looks like image\/png or image\/\*/,
) => bucket(`for ${title}`, { allowedMimeTypes }, property, says);

export const refused: readonly RefusedDeclaration[] = [
  bucket("without a name", { name: "" }, "name", /1 to 100 of letters, digits/),
  bucket("of too long a name", { name: "x".repeat(101) }, "name", /1 to 100/),
  bucket("with a slash in its name", { name: "a/b" }, "name", /letters, digits and/),
  bucket("with letters that addresses don't take", { name: "фото" }, "name", /letters, digits and/),
  bucket("with a space before its name", { name: " avatars" }, "name", /begin or end with a space/),
  bucket("with a space after its name", { name: "avatars " }, "name", /begin or end with a space/),
  bucket("with a line's end in its name", { name: "avatars\n" }, "name", /letters, digits and/),
  bucket("without a name's type", { name: 5 }, "name", /it (must be|is missing; give it) a text/),
  size("nothing", 0),
  size("less than nothing", -1),
  size("a negative text", "-5MB"),
  size("half a byte", 0.4),
  size("no number", "large"),
  size("an unknown unit", "50XB"),
  size("bits", "50Mb/s"),
  size("a comma", "1,5MB"),
  size("a number too large", "99999999TB"),
  size("another type", true, /bytes, or a number with kB, MB or GB|Invalid input/),
  type("a type without its kind", ["png"]),
  type("half a type", ["image/"]),
  type("every type by stars", ["*/*"]),
  type("a type with a space", ["image/p ng"]),
  type("a type with its parameters", ["text/plain; charset=utf-8"]),
  type("no types", [], "allowedMimeTypes", /the list is empty; name at least one/),
  type("one type without a list", "image/png", "allowedMimeTypes", /it must be a list/),
  bucket(
    "of images in a format in words",
    { avifAutodetection: "on" },
    "avifAutodetection",
    /it must be true or false/,
  ),
  bucket("public in words", { public: "yes" }, "public", /it must be true or false/),
  bucket("with a property that there is not", { sizeLimit: 5 }, "sizeLimit", /there is no such property; there are /),
  {
    title: "one bucket twice",
    kind: "Bucket",
    beside: [{ kind: "Bucket", name: "first", input: { name: "avatars" } }],
    input: { name: "avatars", public: true },
    property: "",
    says: /the bucket avatars already belongs to the resource first/,
  },
];
