/**
 * The function's qualified name in a signature such as `private."a(b"(text)`: a parenthesis within quotes belongs to
 * the name.
 */
export function nameInSignature(signature: string): string {
  return /^(?:"(?:[^"]|"")*"|[^"(])*/u.exec(signature)?.[0] ?? signature;
}
