import type { Random } from "./random.ts";

/**
 * A text that a PostgreSQL regular expression matches. Lookarounds and back references are ignored, so the result still
 * has to be tested.
 * @returns undefined if the expression can't be parsed
 * @see https://www.postgresql.org/docs/current/functions-matching.html#POSIX-SYNTAX-DETAILS
 */
export function matchingText(pattern: string, random: Random): string | undefined {
  const reader = new Reader(pattern.replace(/^\(\?[a-z]+\)|^\*\*\*[:=]/, ""), random);
  const text = reader.readChoice();
  return reader.isAtEnd ? text : undefined;
}

const letters = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const others = " -_.,:;/@#+*=!?&%$~^'\"<>()[]{}|\\`";
const everything = letters + digits + letters.toUpperCase() + others;

const classes: Readonly<Record<string, string>> = {
  ...{ alpha: letters + letters.toUpperCase(), lower: letters, upper: letters.toUpperCase(), digit: digits },
  ...{ alnum: letters + digits + letters.toUpperCase(), xdigit: `${digits}abcdef`, space: " ", blank: " " },
  ...{ punct: others.trim(), print: everything, graph: everything.replace(" ", ""), word: `${letters}${digits}_` },
};

const escapes: Readonly<Record<string, string>> = { d: digits, w: `${letters}${digits}`, s: " " };

/** Parses a pattern and generates the text in the same pass. */
class Reader {
  readonly #pattern: string;
  readonly #random: Random;
  #at = 0;

  constructor(pattern: string, random: Random) {
    this.#pattern = pattern;
    this.#random = random;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#pattern.length;
  }

  readChoice(): string {
    const choices = [this.#readSequence()];
    while (this.#take("|")) choices.push(this.#readSequence());
    return choices[this.#random(choices.length)] ?? "";
  }

  #readSequence(): string {
    let text = "";
    while (!this.isAtEnd && !"|)".includes(this.#next)) {
      const start = this.#at;
      this.#readAtom();
      const times = this.#readTimes();
      const end = this.#at;
      for (let count = 0; count < times; count++) {
        this.#at = start;
        text += this.#readAtom();
      }
      this.#at = end;
    }
    return text;
  }

  /** Reads a quantifier, and chooses how often to repeat the atom before it. */
  #readTimes(): number {
    const counted = /^\{(\d+)(,?)(\d*)\}|^[*+?]/.exec(this.#pattern.slice(this.#at));
    if (counted === null) return 1;
    this.#at += counted[0].length;
    this.#take("?");
    const [sign, from, comma, to] = counted;
    if (sign === "?") return this.#random(2);
    if (from === undefined) return Number(sign === "+") + 1 + this.#random(6);
    const least = Number(from);
    if (comma === "") return least;
    return least + this.#random(Math.min(6, (to === "" ? least + 6 : Number(to)) - least) + 1);
  }

  #readAtom(): string {
    if (this.#take("^") || this.#take("$")) return "";
    if (this.#take("(")) return this.#readGroup();
    if (this.#take("[")) return this.#one(this.#readClass());
    if (this.#take(".")) return this.#one(letters + digits);
    if (this.#take("\\")) return this.#one(this.#readEscape());
    return this.#readCharacter();
  }

  #readGroup(): string {
    const looked = /^\?(<?[!=])/.exec(this.#pattern.slice(this.#at));
    const kind = /^\?(:|<?[!=])/.exec(this.#pattern.slice(this.#at));
    this.#at += kind?.[0].length ?? 0;
    const text = this.readChoice();
    this.#take(")");
    return looked === null ? text : "";
  }

  /** The characters that an escape stands for; none for an anchor. */
  #readEscape(): string {
    const letter = this.#readCharacter();
    if (/[mMyYAZ]/.test(letter)) return "";
    if (letter === "D") return letters;
    if (letter === "W") return "-";
    if (letter === "S") return letters + digits;
    return escapes[letter] ?? letter;
  }

  #readClass(): string {
    const isNegated = this.#take("^");
    let members = this.#take("]") ? "]" : "";
    while (!this.isAtEnd && !this.#take("]")) members += this.#readMember();
    if (!isNegated) return preferred(members);
    return preferred([...everything].filter((character) => !members.includes(character)).join(""));
  }

  #readMember(): string {
    const named = /^\[:(\w+):\]/.exec(this.#pattern.slice(this.#at));
    if (named !== null) {
      this.#at += named[0].length;
      return classes[named[1] ?? ""] ?? "";
    }
    if (this.#take("\\")) return this.#readEscape();
    const first = this.#readCharacter();
    if (this.#next !== "-" || this.#pattern[this.#at + 1] === "]") return first;
    this.#at++;
    const last = this.#readCharacter();
    const [from, to] = [first.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0];
    return String.fromCodePoint(
      ...Array.from({ length: Math.min(Math.max(to - from + 1, 1), 512) }, (_, i) => from + i),
    );
  }

  #one(characters: string): string {
    const all = [...characters];
    return all.length === 0 ? "" : (all[this.#random(all.length)] ?? "");
  }

  get #next(): string {
    return this.#pattern[this.#at] ?? "";
  }

  #readCharacter(): string {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    return character;
  }

  #take(character: string): boolean {
    if (this.#next !== character) return false;
    this.#at += character.length;
    return true;
  }
}

/** Prefers lower-case letters and digits: they violate the fewest other conditions. */
function preferred(characters: string): string {
  const plain = [...characters].filter((character) => /[a-z0-9]/.test(character)).join("");
  return plain === "" ? characters : plain;
}
