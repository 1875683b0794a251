import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { inspect, stripVTControlCharacters } from "node:util";
import { InputError } from "../errors/errors.ts";
import { parseConnectionUrl } from "./connection.ts";

export interface CommandOptions {
  /** The program and its arguments, such as `["npx", "prisma", "migrate", "deploy"]`. No shell is involved. */
  readonly command: readonly string[];
  /** The folder to run in. */
  readonly directory: string;
  /**
   * Variables for the command only, such as DIRECT_URL. Their values are removed from everything that the command
   * prints.
   */
  readonly secrets: Readonly<Record<string, string>>;
  /** Other variables for the command. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called for each line that the command prints, without colours and secrets. */
  readonly onProgress?: (line: string) => void;
  /** Ends the command and all its child processes. */
  readonly signal?: AbortSignal;
}

/** A command failed. The message contains its last lines of output, without secrets. */
export class CommandError extends InputError {
  override readonly name = "CommandError";
  constructor(
    message: string,
    /** The exit code; undefined if the command could not be started, or was ended by a signal. */
    readonly exitCode: number | undefined,
  ) {
    super(message);
  }
}

/**
 * Runs a user's command with secrets only in its environment: not in its arguments, which every user of the machine can
 * list, and not in its output.
 * @throws {CommandError} if it can't be started, or exits with a code other than 0
 * @throws what `onProgress` throws, once the command has been told to end
 * @example
 * await runCommand({ command: ["npx", "prisma", "migrate", "deploy"], directory, secrets: { DIRECT_URL: url }, onProgress: console.log });
 */
export async function runCommand(options: CommandOptions): Promise<void> {
  const [program, ...args] = options.command;
  if (program === undefined) throw new InputError("the command is empty; name a program, such as npx");
  options.signal?.throwIfAborted();
  const redact = redactionOf(Object.values(options.secrets));
  const lines: string[] = [];
  const child = await start(program, args, options).catch((error: Error) => {
    throw new CommandError(redact(`\`${program}\` could not be started: ${error.message}`), undefined);
  });
  const take = (line: string) => {
    const shown = redact(stripVTControlCharacters(line)).trimEnd();
    if (shown === "") return;
    lines.push(shown);
    options.onProgress?.(shown);
  };
  const stop = () => endGroup(child);
  options.signal?.addEventListener("abort", stop);
  // It may have been cancelled while it started.
  if (options.signal?.aborted) stop();
  try {
    const streams = [child.stdout, child.stderr];
    const [{ code, signal }] = await Promise.all([ended(child), ...streams.map((stream) => readLines(stream, take))]);
    if (code === 0) return;
    const name = options.command.join(" ");
    const how = code === null ? `was ended by ${signal}` : `failed with exit code ${code}`;
    const tail = lines.slice(-linesInError);
    throw new CommandError(
      redact([`\`${name}\` ${how}${tail.length > 0 ? ":" : "."}`, ...tail].join("\n")),
      code ?? undefined,
    );
  } catch (error) {
    if (!(error instanceof CommandError)) stop();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", stop);
  }
}

const linesInError = 20;
const graceMilliseconds = 5000;

/** Redacts each secret and, for a URL, also its password alone; both as they are and in usual encodings. */
function redactionOf(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets.flatMap((secret) => [secret, ...passwordsOf(secret)]).flatMap(writtenForms);
  const longestFirst = [...new Set(hidden)].filter((text) => text !== "").sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((redacted, secret) => redacted.replaceAll(secret, "[secret]"), text);
}

function passwordsOf(secret: string): readonly string[] {
  try {
    const { password, searchParams } = parseConnectionUrl(secret);
    return [password, searchParams.get("password") ?? "", decodeURIComponent(password)];
  } catch {
    return [];
  }
}

/** As it is, as a part of a URL, and as a string in JSON and in JavaScript. */
function writtenForms(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const quoted = inspect(secret).slice(1, -1);
  return [secret, encodeURIComponent(secret), json, quoted];
}

async function readLines(stream: Readable, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) take(line);
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function start(
  program: string,
  args: readonly string[],
  { directory, environment, secrets }: CommandOptions,
): Promise<Child> {
  return new Promise((resolve, reject) => {
    // Some errors are thrown, such as that of a file in place of the folder; others are events.
    const child = spawn(program, args, {
      cwd: directory,
      env: { ...process.env, ...environment, ...secrets },
      stdio: ["ignore", "pipe", "pipe"],
      // In a separate process group, so that cancelling also reaches the processes that npx starts.
      detached: true,
    });
    child.once("error", reject);
    child.once("spawn", () => resolve(child));
  });
}

function ended(child: Child): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

function endGroup(child: Child): void {
  const { pid } = child;
  if (pid === undefined) return;
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // The group has ended already.
    }
  };
  send("SIGTERM");
  const forced = setTimeout(() => send("SIGKILL"), graceMilliseconds);
  child.once("close", () => clearTimeout(forced));
}
