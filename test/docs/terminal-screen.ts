/** Characters that look alike. */
export interface Span {
  readonly text: string;
  /** Its number in the terminal's palette; undefined for the default colour. */
  readonly color: number | undefined;
  readonly isBold: boolean;
}

/**
 * Reads what is on a terminal's screen after a program has written its output. It knows what Pulumi uses: colours, "cursor up" and
 * "erase to the end of the line", where each line is written from its beginning.
 */
export function readScreen(output: string): readonly (readonly Span[])[] {
  const lines: Span[][] = [];
  let row = 0;
  let line: Span[] = [];
  let style: Omit<Span, "text"> = plain;
  for (const [, codes = "", command, text] of output.matchAll(sequence)) {
    if (command === "m") style = readStyle(style, codes);
    else if (command === "A") row = Math.max(0, row - Number(codes));
    else if (text === "\n") {
      lines[row] = line;
      line = [];
      row += 1;
    } else if (text !== undefined && text !== "\r") line.push({ text, ...style });
  }
  return [...lines, line];
}

/** A control sequence with its parameters, the end of a line, or text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's output has them
const sequence = /\x1b\[([0-9;?]*)([A-Za-z])|(\r|\n|[^\x1b\r\n]+)/g;

const plain = { color: undefined, isBold: false };

function readStyle(style: Omit<Span, "text">, codes: string): Omit<Span, "text"> {
  if (codes === "" || codes === "0") return plain;
  if (codes === "1") return { ...style, isBold: true };
  const color = /^38;5;(\d+)$/.exec(codes)?.[1];
  return color === undefined ? style : { ...style, color: Number(color) };
}
