import { missingLocally } from "../../catalog/missing-extensions.ts";
import { select } from "../../catalog/part.ts";
import { probeSchema } from "../../catalog/probes/schema.ts";
import { InputError, type Problem } from "../../errors/errors.ts";
import { noteFirstAdvice } from "../../lifecycle/advise-on-extensions.ts";
import { nameIdOf } from "../../lifecycle/import-id.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import { isHostedOnly } from "../../sql/platform-extensions.ts";
import { nameProblem, quoteIdentifier, quoteLiteral } from "../../sql/quote.ts";
import { listWords } from "../../values/list-words.ts";
import type { Properties } from "../../values/properties.ts";
import { adoptable } from "./adopt.ts";
import { extensionArgs } from "./args.ts";
import { type Available, readAvailable } from "./available.ts";
import { extensions } from "./catalog.ts";
import { readUsers } from "./users.ts";

export type Extension = Properties & {
  readonly name: string;
  readonly schema: string;
  readonly version?: string;
};

/** @see https://www.postgresql.org/docs/current/sql-createextension.html */
export const extension: Kind<Extension, typeof extensionArgs> = {
  name: "Extension",
  description: "An extension of PostgreSQL, with its schema and version.",
  input: extensionArgs,
  replaceOn: ["name"],
  isNamedAfterResource: true,
  makesUnknown: true,

  async normalise({ name, schema, version }, { old }) {
    const kept = version ?? (typeof old?.version === "string" ? old.version : undefined);
    const args: Extension = { name, schema, ...(kept === undefined ? {} : { version: kept }) };
    const problems = Object.entries(args).flatMap(([property, value]) => {
      const message = nameProblem(String(value));
      return message === undefined ? [] : [{ path: [property], message }];
    });
    return problems.length > 0 ? problems : args;
  },

  identify: ({ name }) => name,
  adoptable,
  importId: (id, catalog) => nameIdOf(id, catalog.of(extensions).keys(), "the extension"),
  claims: ({ name }) => [{ on: `extension ${name}`, description: `the extension ${name}` }],
  texts: () => [],
  probes: ({ schema }) => [probeSchema(["schema"], schema)],
  /** Makes questions about functions and conditions that use the extension be answered as if it were installed. */
  assumptions: (args) => [createExtension(args, "if not exists ")],
  reads: [extensions],
  scope: (id) => [select(extensions, [id])],
  find(catalog, id) {
    const row = catalog.of(extensions).get(id);
    return row && { name: row.name, schema: row.schema, version: row.version };
  },
  /** A version that is not declared is no difference. An import takes the installed one. */
  relate({ version, ...live }, declared) {
    const isTold = declared === undefined || declared.version !== undefined;
    return { ...live, ...(isTold && version !== undefined ? { version } : {}) };
  },

  async inspect({ live, desired, operation }) {
    const database = await operation.database();
    const available = await database.look((session) => readAvailable(desired.name, live?.version, session));
    const problems = problemsOf(live, desired, available);
    if (problems.length === 0) return;
    if (available.isLocal && isHostedOnly(desired.name)) noteFirstAdvice(desired.name, operation);
    throw new InputError(problems);
  },

  plan(live, desired) {
    if (live === undefined) return [createExtension(desired)];
    const name = quoteIdentifier(desired.name);
    return [
      ...(live.schema === desired.schema
        ? []
        : [`alter extension ${name} set schema ${quoteIdentifier(desired.schema)}`]),
      ...(desired.version === undefined || live.version === desired.version
        ? []
        : [`alter extension ${name} update to ${quoteLiteral(desired.version)}`]),
    ];
  },
  async obstacles({ name }, { session }) {
    const users = await readUsers(name, session);
    return users.length === 0 ? [] : [`${listUsers(users)} it. ${adviceOn(name)}, or declare the other one beside it`];
  },
  async retain({ name }, { session, existedBefore, isReplaced }) {
    if (existedBefore) return { severity: "info", reason: "it was there before the stack", statements: [] };
    const users = await readUsers(name, session);
    if (users.length === 0) return undefined;
    const reason = `${listUsers(users)} it. ${adviceOn(name)}`;
    if (isReplaced) return { severity: "warning", reason, statements: [] };
    throw new InputError(`the extension ${name} can't be dropped: ${reason}`);
  },
  remove: (live) => [`drop extension ${quoteIdentifier(live.name)}`],
};

function createExtension({ name, schema, version }: Extension, condition = ""): string {
  const clauses = [
    `schema ${quoteIdentifier(schema)}`,
    ...(version === undefined ? [] : [`version ${quoteLiteral(version)}`]),
  ];
  return `create extension ${condition}${quoteIdentifier(name)} with ${clauses.join(" ")}`;
}

function problemsOf(
  live: Extension | undefined,
  desired: Extension,
  { versions, names, isLocal }: Available,
): Problem[] {
  const { name, schema, version } = desired;
  if (versions.length === 0) return [{ path: ["name"], message: describeMissing(name, { names, isLocal }) }];
  const listed = versions.map((each) => each.version);
  const wanted = version === undefined ? versions.at(-1) : versions.find((each) => each.version === version);
  if (wanted === undefined)
    return [
      { path: ["version"], message: `the server has no version ${version} of ${name}; it has ${listed.join(", ")}` },
    ];
  const problems: Problem[] = [];
  if (wanted.schema !== undefined && wanted.schema !== schema)
    problems.push({
      path: ["schema"],
      message: `${name} can only be in the schema ${wanted.schema}; write schema: ${JSON.stringify(wanted.schema)}`,
    });
  else if (live !== undefined && live.schema !== schema && !wanted.isRelocatable)
    problems.push({
      path: ["schema"],
      message: `${name} can't be moved once it is there. Leave it in ${live.schema}, or drop it and have it made again`,
    });
  if (live !== undefined && version !== undefined && !wanted.isReachable)
    problems.push({
      path: ["version"],
      message: `no update leads from version ${live.version} of ${name}, which is there, to ${version}`,
    });
  return problems;
}

function describeMissing(name: string, { names, isLocal }: Omit<Available, "versions">): string {
  if (!isLocal || !isHostedOnly(name)) return `the server has no extension ${name}${alternatives(name, names)}`;
  const standIn = "leave it out of this stack, with a stand-in of your own for what is used of it";
  return `the program needs the extension ${name}, ${missingLocally(standIn)}`;
}

function alternatives(name: string, names: readonly string[]): string {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const alike = names.filter((other) => plain(other).includes(plain(name)) || plain(name).includes(plain(other)));
  return alike.length > 0 ? `; perhaps you meant ${alike.join(" or ")}` : `; it has ${names.join(", ")}`;
}

/** `the table column public.notes.title uses` */
function listUsers(users: readonly string[]): string {
  const words = users.map((user) => `the ${user}`);
  return `${listWords(words, 5)} ${words.length === 1 ? "uses" : "use"}`;
}

function adviceOn(name: string): string {
  return `Drop or change what uses it first; ${quoteIdentifier(name)} is never dropped with it`;
}
