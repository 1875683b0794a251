/**
 * A command for a person to type, in the form that works in the project's folder whether or not Pulumi is installed. It names its stack:
 * without `--stack` it would go to the one that happens to be selected, which need not be the one that the message is about.
 *
 * @param script the script of package.json, such as `pulumi`
 * @param stack undefined for what is about no stack
 * @example projectCommand("pulumi", ["cancel"], "prod") // npm run pulumi -- cancel --stack prod
 */
export function projectCommand(script: string, words: readonly string[], stack?: string): string {
  const all = [...words, ...(stack ? ["--stack", stack] : [])];
  return ["npm run", script, ...(all.length === 0 ? [] : ["--", ...all.map(shellWord)])].join(" ");
}

/** A word as a shell reads it. What stands in angle brackets is for the reader to fill in. */
export function shellWord(text: string): string {
  return /^(?:[\w./:@%+=,-]+|<\w+>)$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
