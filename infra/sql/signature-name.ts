/** The function's name with its schema, as `private."a(b"(text)` has it: a parenthesis between quotes belongs to the name. */
export function nameInSignature(signature: string): string {
  return /^(?:"(?:[^"]|"")*"|[^"(])*/u.exec(signature)?.[0] ?? signature;
}
