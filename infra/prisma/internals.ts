/** Prisma's own reading of schemas. Of a CommonJS package as large, Node.js finds no names: all of it is the default export. */
export async function loadInternals() {
  const { default: internals } = await import("@prisma/internals");
  return internals;
}
