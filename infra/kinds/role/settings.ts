import { quoteIdentifier, quoteLiteral } from "../../sql/quote.ts";

/** Settings by lower-case name, with values as the server prints them; a list for a list of names. */
export type Settings = { readonly [name: string]: string | readonly string[] };

/** Settings that are lists of names, which the server quotes one by one. The same list as in pg_dump. */
const nameLists = new Set([
  ...["local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries"],
  ...["temp_tablespaces", "unix_socket_directories"],
]);

/** Settings that are durations; a number without a unit is in milliseconds. */
const times = new Set([
  ...["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout"],
  ...["transaction_timeout", "deadlock_timeout"],
]);

/** Settings that are sizes; a number without a unit is in kilobytes. */
const sizes = new Set(["work_mem", "maintenance_work_mem", "logical_decoding_work_mem", "temp_file_limit"]);

const milliseconds = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1000, ms: 1 };
const kilobytes = { TB: 1_073_741_824, GB: 1_048_576, MB: 1024, kB: 1 };

/** Why no setting can have that name; undefined if one can. */
export function settingProblem(name: string): string | undefined {
  return /^[a-z_][\w$]*(\.[a-z_][\w$]*)*$/i.test(name)
    ? undefined
    : "it is no setting's name; write one such as statement_timeout or pgrst.db_schemas";
}

/** A setting in normal form: `3000` and `3s` are the same duration, `yes` and `on` are the same. */
export function normaliseSetting(
  name: string,
  value: string | number | boolean | readonly string[],
): string | readonly string[] {
  if (nameLists.has(name)) return typeof value === "object" ? value : readNames(String(value));
  const text =
    typeof value === "object" ? value.join(", ") : typeof value === "boolean" ? nameTruth(value) : `${value}`;
  if (times.has(name)) return inUnits(text, milliseconds, "ms");
  if (sizes.has(name)) return inUnits(text, kilobytes, "kB");
  // The value of an extension's or application's setting may be a text that merely looks like a boolean.
  return name.includes(".") ? text : (truths.get(text.toLowerCase()) ?? text);
}

export function readSettings(entries: readonly string[]): Settings {
  const found = entries.map((entry) => {
    const end = entry.indexOf("=");
    const name = entry.slice(0, end).toLowerCase();
    return [name, normaliseSetting(name, entry.slice(end + 1))] as const;
  });
  return Object.fromEntries(found.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** `"search_path" to '$user', 'public'` */
export function writeSetting(name: string, value: string | readonly string[]): string {
  return `${quoteSetting(name)} to ${[value].flat().map(quoteLiteral).join(", ")}`;
}

export function quoteSetting(name: string): string {
  return name.split(".").map(quoteIdentifier).join(".");
}

/** Parses a list of names as PostgreSQL does. */
function readNames(text: string): readonly string[] {
  const names: string[] = [];
  const part = /\s*(?:"((?:[^"]|"")*)"|([^,"]*?))\s*(,|$)/uy;
  for (let ended = false; !ended; ) {
    const match = part.exec(text);
    if (match === null) return [text];
    names.push(match[1]?.replaceAll('""', '"') ?? (match[2] ?? "").toLowerCase());
    ended = match[3] === "";
  }
  return names;
}

/** In the largest unit that yields an integer, as SHOW prints it. */
function inUnits(text: string, units: Readonly<Record<string, number>>, usual: string): string {
  const [, number, unit = usual] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*$/i.exec(text) ?? [];
  const factor = units[unit];
  if (number === undefined || factor === undefined) return text;
  const amount = Math.round(Number(number) * factor);
  const [largest, size] = Object.entries(units).find(([, each]) => amount % each === 0) ?? [usual, 1];
  return amount === 0 ? "0" : `${amount / size}${largest}`;
}

function nameTruth(value: boolean): string {
  return value ? "on" : "off";
}

const truths = new Map([
  ...["on", "true", "yes"].map((word) => [word, "on"] as const),
  ...["off", "false", "no"].map((word) => [word, "off"] as const),
]);
