import type { Assignment } from "../../settings/connection-setting.ts";

/** A parsed Pulumi command line, as far as this project needs it. */
export interface PulumiCommand {
  /** `up`, `stack`, …; undefined for a bare `pulumi`. */
  readonly name: string | undefined;
  /** The word after it, as in `stack init`. */
  readonly subcommand: string | undefined;
  /** The stack in the arguments, possibly qualified with organization and project. */
  readonly stack: string | undefined;
  /** Whether it works on one existing stack: the local one is created for it when missing. */
  readonly needsStack: boolean;
  /** Whether the program or provider runs, so that the database must be running. */
  readonly usesDatabase: boolean;
  /** Whether the arguments answer the confirmation prompt. */
  readonly isDecided: boolean;
  /** Whether the arguments disable prompts. */
  readonly isNonInteractive: boolean;
  /** What the arguments set in the stack's configuration: `-c key=value`, `config set`, `config set-all`. */
  readonly assignments: readonly Assignment[];
  /** The file with the stack's configuration, if it is not the stack's own. */
  readonly configFile: string | undefined;
  /** The file of resources to import, if the command has one. */
  readonly importFile: string | undefined;
  /** The folder that Pulumi changes to first. */
  readonly directory: string | undefined;
  /** The URL of a template that `up` deploys instead of the project's program. */
  readonly template: string | undefined;
  /** The long names of all flags in the arguments. */
  readonly flags: ReadonlySet<string>;
}

/** Reads a command line (without the word `pulumi`). */
export function readPulumiArguments(args: readonly string[]): PulumiCommand {
  const { positionals, flags } = splitArguments(args);
  const [name, subcommand, third] = positionals;
  const findValues = (flag: string) => flags.flatMap((found) => (found.name === flag ? [found.value ?? ""] : []));
  // Pulumi treats an empty value as no value.
  const findValue = (flag: string) => findValues(flag).at(-1) || undefined;
  const has = (...names: string[]) => flags.some((flag) => names.includes(flag.name) && flag.value !== "false");
  const isHelp = has("--help");
  return {
    name,
    subcommand,
    stack: findValue("--stack") ?? (name === "stack" && namesStack(subcommand) ? third : undefined),
    needsStack: !isHelp && name !== undefined && needsStack(name, subcommand),
    usesDatabase: !isHelp && name !== undefined && deployingCommands.has(name),
    isDecided: has("--yes", "--skip-preview", "--preview-only"),
    isNonInteractive: has("--non-interactive"),
    assignments: [
      ...findValues("--config").map(readAssignment),
      ...(name === "config" ? readConfigCommand(positionals, findValues) : []),
    ],
    configFile: findValue("--config-file"),
    importFile: name === "import" ? findValue("--file") : undefined,
    directory: findValue("--cwd"),
    template: name === "up" || name === "update" ? subcommand : undefined,
    flags: new Set(flags.map((flag) => flag.name)),
  };
}

/** The arguments for those flags that have one of these names, with their values. */
export function selectFlags(args: readonly string[], names: ReadonlySet<string>): readonly string[] {
  return splitArguments(args)
    .flags.filter(({ name }) => names.has(name))
    .map(({ name, value }) => (value === undefined ? name : `${name}=${value}`));
}

const deployingCommands: ReadonlySet<string> = new Set([
  ...["up", "update", "preview", "pre", "refresh", "import", "watch"],
  ...["destroy", "down", "dn"],
]);

const otherStackCommands: ReadonlySet<string> = new Set(["config", "state", "cancel", "logs", "console"]);

function needsStack(name: string, subcommand: string | undefined): boolean {
  if (name === "stack") {
    return subcommand === undefined || !["init", "ls", "rm", "select", "unselect"].includes(subcommand);
  }
  return deployingCommands.has(name) || otherStackCommands.has(name);
}

function namesStack(subcommand: string | undefined): boolean {
  return subcommand !== undefined && ["init", "rm", "select"].includes(subcommand);
}

function readAssignment(text: string): Assignment {
  const equals = text.indexOf("=");
  return equals < 0 ? { key: text, value: "" } : { key: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** `config set KEY VALUE`, and `config set-all` with `--plaintext KEY=VALUE`, `--secret KEY=VALUE` or `--json`. */
function readConfigCommand(
  [, subcommand, ...words]: readonly string[],
  findValues: (flag: string) => readonly string[],
): readonly Assignment[] {
  const [key, value] = words;
  if (subcommand === "set") return key === undefined || value === undefined ? [] : [{ key, value }];
  if (subcommand !== "set-all") return [];
  const pairs = [...words, ...findValues("--plaintext"), ...findValues("--secret")].filter((text) =>
    /^[^{=]+=/.test(text),
  );
  return [...pairs.map(readAssignment), ...[...words, ...findValues("--json")].flatMap(readJsonAssignments)];
}

function readJsonAssignments(text: string): readonly Assignment[] {
  try {
    const entries = Object.entries(JSON.parse(text) as Readonly<Record<string, { readonly value?: unknown }>>);
    return entries.map(([key, entry]) => ({ key, value: String(entry?.value ?? "") }));
  } catch {
    return [];
  }
}

interface Flag {
  /** The long name: `--stack` for `-s`. */
  readonly name: string;
  readonly value: string | undefined;
}

/** Separates words from flags. Whether a word is a flag's value is decided by the list of flags that take one. */
function splitArguments(args: readonly string[]): { readonly positionals: readonly string[]; readonly flags: Flag[] } {
  const positionals: string[] = [];
  const flags: Flag[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? "";
    if (argument === "--") {
      positionals.push(...args.slice(index + 1));
      break;
    }
    if (!argument.startsWith("-") || argument === "-") {
      positionals.push(argument);
      continue;
    }
    const read = argument.startsWith("--") ? readLongFlag(argument) : readShortFlags(argument, positionals[0]);
    if (read.takesNext) index += 1;
    const last = read.flags.at(-1);
    flags.push(...read.flags.slice(0, -1));
    if (last !== undefined) flags.push(read.takesNext ? { ...last, value: args[index] } : last);
  }
  return { positionals, flags };
}

interface ReadFlags {
  readonly flags: readonly Flag[];
  /** Whether the last flag's value is the next argument. */
  readonly takesNext: boolean;
}

function readLongFlag(argument: string): ReadFlags {
  const equals = argument.indexOf("=");
  if (equals > 0) {
    return { flags: [{ name: argument.slice(0, equals), value: argument.slice(equals + 1) }], takesNext: false };
  }
  return { flags: [{ name: argument, value: undefined }], takesNext: valueFlags.has(argument) };
}

/**
 * Short flags can be combined (`-yf`), and a value can follow its letter directly (`-sprod`), with or without an equals
 * sign.
 */
function readShortFlags(argument: string, command: string | undefined): ReadFlags {
  const flags: Flag[] = [];
  for (let index = 1; index < argument.length; index += 1) {
    const letter = argument[index] ?? "";
    const name = nameLetter(letter, command);
    const rest = argument.slice(index + 1);
    if (rest.startsWith("=") || (valueFlags.has(name) && rest !== "")) {
      flags.push({ name, value: rest.replace(/^=/, "") });
      return { flags, takesNext: false };
    }
    flags.push({ name, value: undefined });
    if (valueFlags.has(name)) return { flags, takesNext: true };
  }
  return { flags, takesNext: false };
}

/** A letter means the same for all but a few commands. */
function nameLetter(letter: string, command: string | undefined): string {
  return otherLetters[command ?? ""]?.[letter] ?? letters[letter] ?? `-${letter}`;
}

const otherLetters: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  import: { f: "--file" },
  logs: { f: "--follow", r: "--resource" },
  stack: { c: "--create", f: "--force" },
};

const letters: Readonly<Record<string, string>> = {
  ...{ C: "--cwd", c: "--config", d: "--debug", e: "--emoji", f: "--skip-preview", h: "--help", j: "--json" },
  ...{ m: "--message", o: "--out", p: "--parallel", Q: "--fully-qualify-stack-names", r: "--refresh", s: "--stack" },
  ...{ t: "--target", v: "--verbose", x: "--exclude", y: "--yes" },
};

/**
 * The flags that take a value in the next argument: those of the commands whose words matter here, and Pulumi's global
 * ones.
 */
const valueFlags: ReadonlySet<string> = new Set([
  ...["--stack", "--cwd", "--color", "--verbose", "--tracing", "--tracing-header", "--profiling", "--memprofilerate"],
  ...["--config", "--config-file", "--message", "--parallel", "--policy-pack", "--policy-pack-config", "--event-log"],
  ...["--target", "--exclude", "--replace", "--target-replace", "--plan", "--save-plan", "--import-file", "--client"],
  ...["--secrets-provider", "--copy-config-from", "--teams", "--file", "--out", "--from", "--parent", "--properties"],
  ...["--exec-kind", "--exec-agent", "--since", "--resource", "--provider", "--type"],
  ...["--generate-resources", "--import-pending-creates"],
]);
