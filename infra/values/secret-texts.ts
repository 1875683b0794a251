/** Whether a text holds a key or a token by its form: one of a Supabase project, a JSON Web Token, or a password in an address. */
export function holdsToken(text: string): boolean {
  return /\bsb_secret_\w{8}|\beyJ[\w-]{10,}\.[\w-]{10,}\.|:\/\/[^/\s:@]+:[^/\s@]+@/.test(text);
}

/** Whether a text may hold one: it does, or it has the words beside which secrets stand in the headers and addresses of HTTP requests. */
export function mayHoldSecret(text: string): boolean {
  return holdsToken(text) || /authorization|bearer|api[-_ ]?key|token|secret|password/i.test(text);
}
