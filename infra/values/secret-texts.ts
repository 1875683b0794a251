/**
 * Whether a text contains something that looks like a key or token: a Supabase key, a JSON Web Token, or a password in
 * a URL.
 */
export function holdsToken(text: string): boolean {
  return /\bsb_secret_\w{8}|\beyJ[\w-]{10,}\.[\w-]{10,}\.|:\/\/[^/\s:@]+:[^/\s@]+@/.test(text);
}

/**
 * Whether a text may contain a secret: it does, or it contains words that accompany secrets in HTTP headers and URLs.
 */
export function mayHoldSecret(text: string): boolean {
  return holdsToken(text) || /authorization|bearer|api[-_ ]?key|token|secret|password/i.test(text);
}
