/**
 * SQL in other words that mean the same to the letter of the grammar: white space and comments between the words, and letters' case where
 * it means nothing. What stands in quotes is left as it is.
 */
export function reword(sql: string, next: () => number): string {
  const words = tokens(sql);
  return words
    .map((word, index) => {
      const changed = /^[a-z_][\w$]*$/i.test(word) && next() % 3 === 0 ? changeCase(word) : word;
      return isGapAfter(word, words[index + 1]) ? `${changed}${gaps[next() % gaps.length]}` : changed;
    })
    .join("");
}

/** An endless row of numbers that is the same for the same seed. */
export function numbers(seed: number): () => number {
  let state = seed % 2147483646 || 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state;
  };
}

const gaps = [
  "",
  "",
  " ",
  "\n",
  "\t",
  "\r\n",
  "  \n  ",
  " /* a comment; ' */ ",
  "\n-- a comment; $$ )\n",
  " /* a /* nested */ one */\n",
];

/** Strings, names in quotes, words, numbers, operators; white space and comments go with what follows them. */
function tokens(sql: string): readonly string[] {
  return sql.match(token) ?? [];
}

const token = new RegExp(
  [
    /(?:\s|--[^\n\r]*|\/\*(?:[^*]|\*(?!\/))*\*\/)+/.source,
    /(?:[eE])'(?:[^'\\]|\\[\s\S]|'')*'/.source,
    /(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'/.source,
    /(?:[uU]&)?"(?:[^"]|"")*"/.source,
    /\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$/.source,
    /[\p{L}_][\p{L}\p{N}_$]*/u.source,
    /\$?[\d.][\w.]*/.source,
    /[-+*/<>=~!@#%^&|`?:]+/.source,
    /[\s\S]/.source,
  ].join("|"),
  "gu",
);

/** A string goes on after a line break and white space, so nothing may come between two strings; a sign stays with what is beside it. */
function isGapAfter(word: string, following: string | undefined): boolean {
  const isQuoted = (text: string | undefined) => text !== undefined && /['"]$/.test(text);
  if (following === undefined || isQuoted(word) || /^\s/.test(word) || /^(\s|--|\/\*)/.test(following)) return false;
  return !/[-+*/<>=~!@#%^&|`?:&]$/.test(word) && !/^[-+*/<>=~!@#%^&|`?:'"]/.test(following);
}

/** Letters beyond ASCII fold by the server's locale. */
function changeCase(word: string): string {
  return word.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
