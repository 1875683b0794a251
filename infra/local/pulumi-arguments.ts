/** What a Pulumi command line asks for, as far as this project has to know. */
export interface PulumiCommand {
  /** `up`, `stack`, …; undefined for a bare `pulumi`. */
  readonly name: string | undefined;
  /** The stack that the arguments name, without organization and project. */
  readonly stack: string | undefined;
  /** Whether it works on one existing stack: the local one is created for it when missing. */
  readonly needsStack: boolean;
  /** Whether the program or the provider runs, and so the database must. */
  readonly usesDatabase: boolean;
  /** Whether an answer to "do you want to perform this?" is among the arguments. */
  readonly isDecided: boolean;
  /** Whether the arguments forbid questions. */
  readonly isNonInteractive: boolean;
  /** Whether the arguments set `palisade:connection` for this one run. */
  readonly setsConnection: boolean;
}

/** Reads a command line (without the word `pulumi`). */
export function readPulumiArguments(args: readonly string[]): PulumiCommand {
  const { positionals, flags } = splitArguments(args);
  const [name, subcommand, third] = positionals;
  const findValue = (...names: string[]) => flags.findLast((flag) => names.includes(flag.name))?.value;
  const has = (...names: string[]) => flags.some((flag) => names.includes(flag.name) && flag.value !== "false");
  const namedStack = findValue("--stack", "-s") ?? (name === "stack" && namesStack(subcommand) ? third : undefined);
  const isHelp = has("--help", "-h");
  return {
    name,
    stack: namedStack?.split("/").at(-1),
    needsStack: !isHelp && name !== undefined && needsStack(name, subcommand),
    usesDatabase: !isHelp && name !== undefined && deployingCommands.has(name),
    isDecided: has("--yes", "-y", "--skip-preview", "-f", "--preview-only"),
    isNonInteractive: has("--non-interactive"),
    setsConnection: flags.some((flag) => isConfig(flag.name) && flag.value?.startsWith("palisade:connection=")),
  };
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

interface Flag {
  readonly name: string;
  readonly value: string | undefined;
}

/** Separates words from flags. A flag's value is told from a word by the flags that are known to take one. */
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
    const flag = readFlag(argument, args[index + 1]);
    flags.push(flag);
    index += flag.takesNext ? 1 : 0;
  }
  return { positionals, flags };
}

function readFlag(argument: string, next: string | undefined): Flag & { readonly takesNext: boolean } {
  const equals = argument.indexOf("=");
  if (equals > 0) {
    return { name: argument.slice(0, equals), value: argument.slice(equals + 1), takesNext: false };
  }
  const short = argument.slice(0, 2);
  if (!argument.startsWith("--") && argument.length > 2 && valueFlags.has(short)) {
    return { name: short, value: argument.slice(2), takesNext: false };
  }
  return valueFlags.has(argument)
    ? { name: argument, value: next, takesNext: true }
    : { name: argument, value: undefined, takesNext: false };
}

function isConfig(flag: string): boolean {
  return flag === "--config" || flag === "-c";
}

/** The flags that take a value in the next argument, of the commands whose words matter here, and Pulumi's own. */
const valueFlags: ReadonlySet<string> = new Set([
  ...["--stack", "-s", "--cwd", "-C", "--color", "--verbose", "-v", "--tracing", "--profiling", "--memprofilerate"],
  ...[
    "--config",
    "-c",
    "--config-file",
    "--message",
    "-m",
    "--parallel",
    "-p",
    "--policy-pack",
    "--policy-pack-config",
  ],
  ...["--target", "-t", "--exclude", "--replace", "--target-replace", "--plan", "--save-plan", "--import-file"],
  ...["--secrets-provider", "--copy-config-from", "--teams", "--file", "--out", "--from", "--parent", "--properties"],
]);
