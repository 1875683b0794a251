import fc from "fast-check";
import { quoteQualified } from "../../../infra/sql/quote.ts";
import { hostileName, hostileRole } from "../../support/hostile.ts";
import { hostileStates } from "../hostile.ts";
import type { Drift, RefusedDeclaration, Sample } from "../sample.ts";

const change = (title: string, statement: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) => statement.replaceAll("$sequence", `public.drift_${key}`),
  shown,
});

const declared = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `sequence access ${title}`,
  kind: "SequenceAccess",
  input: { sequence: "public.numbers", ...input },
  property,
  says,
});

const made = (name: string) => `create sequence public.${name}; alter sequence public.${name} owner to postgres`;

export const sample: Sample = {
  setup: (key) => made(`drift_${key}`),
  input: (key) => ({
    sequence: `public.drift_${key}`,
    owner: "postgres",
    grants: { anon: { usage: true }, authenticated: { usage: true, select: true }, service_role: "all" },
  }),
  others: { owner: "drift_owner", grants: { drift_role: ["usage"] }, "grants.*": { update: true } },
  identity: ["sequence"],
  drifts: [
    change("grants it to everybody", "grant usage on sequence $sequence to public", "grants.public"),
    change("grants it as a table", "grant update on table $sequence to authenticated", "grants.authenticated.update"),
    change("takes a role's away", "revoke all on sequence $sequence from anon", "grants.anon"),
    change(
      "lets a role hand it on",
      "grant usage on sequence $sequence to anon with grant option",
      "grants.anon.usage",
      'grants.anon["usage with grant option"]',
    ),
    change(
      "has a role hand on what it was given",
      "grant usage on schema public to drift_agent; grant usage on sequence $sequence to drift_agent with grant option; set role drift_agent; grant usage on sequence $sequence to drift_role; reset role",
      "grants.drift_agent",
      "grants.drift_role",
    ),
    change(
      "drops it and makes it again",
      "drop sequence $sequence; create sequence $sequence; alter sequence $sequence owner to postgres; revoke all on sequence $sequence from anon, authenticated, service_role",
      "grants.anon",
      "grants.authenticated",
      "grants.service_role",
    ),
  ],
  leaves: { grants: {} },
  imports: {
    setup: `${made("import_numbers")}; create table public.import_counted (id int generated always as identity, number serial)`,
    accepted: [
      ["import_numbers", "public.import_numbers"],
      ["PUBLIC.Import_Numbers", "public.import_numbers"],
      ["import_counted_id_seq", "public.import_counted_id_seq"],
      ["public.import_counted_number_seq", "public.import_counted_number_seq"],
    ],
    refused: [
      ["import numbers", "is no sequence name; write schema.sequence"],
      ["import_counted", "public.import_counted is a table, and only a sequence can be imported here"],
      ["private.import_numbers", "the sequence private.import_numbers does not exist"],
    ],
  },
  refused: [
    declared(
      "to one that does not exist",
      { sequence: "public.number" },
      "sequence",
      /relation "public\.number" does not exist/,
    ),
    declared(
      "to a table",
      { sequence: "public.tasks" },
      "sequence",
      /public\.tasks is no sequence but a table\. TableAccess/,
    ),
    declared("to nothing", { sequence: "" }, "sequence", /is no sequence name; write schema\.sequence/),
    declared(
      "to the platform's",
      { sequence: "auth.refresh_tokens_id_seq" },
      "sequence",
      /platform owns the schema auth/,
    ),
    declared("for an owner that does not exist", { owner: "nobody" }, "owner", /may not act as nobody/),
    declared(
      "for an owner that is not its table's",
      { sequence: "public.counted_id_seq", owner: "authenticated" },
      "owner",
      /public\.counted_id_seq counts a column of public\.counted, and its owner is always that table's, postgres|may not create in schema public/,
    ),
    declared("to the owner", { grants: { postgres: ["usage"] } }, "grants.postgres", /postgres is the owner/),
    declared(
      "for a role that does not exist",
      { grants: { nobody: ["usage"] } },
      "grants.nobody",
      /role "nobody" does not exist/,
    ),
    declared(
      "with a privilege of tables",
      { grants: { anon: ["insert"] } },
      "grants.anon.insert",
      /there is no privilege "insert"; a sequence has select, update, usage, and "all"/,
    ),
    declared(
      "with columns",
      { grants: { anon: { usage: ["id"] } } },
      "grants.anon",
      /write "all", or a list of privileges/,
    ),
    declared("with a property that there is not", { increment: 5 }, "increment", /there is no such property/),
    {
      title: "sequence access twice",
      kind: "SequenceAccess",
      beside: [{ kind: "SequenceAccess", name: "first", input: { sequence: "public.numbers" } }],
      input: { sequence: "public.numbers" },
      property: "",
      says: /the access to the sequence public\.numbers already belongs to the resource first/,
    },
  ],
  replacements: {
    sequence: {
      setup: [made("sequence_old"), made("sequence_new")].join(";"),
      program: (age) =>
        `new SequenceAccess("replaced sequence access", { sequence: "public.sequence_${age}", grants: { anon: ["usage"] } });`,
      use: "create table public.uses_sequence (id int default nextval('public.sequence_old'))",
      after: [
        `select has_sequence_privilege('anon', 'public.sequence_old', 'usage') as "old", has_sequence_privilege('anon', 'public.sequence_new', 'usage') as "new"`,
        { old: false, new: true },
      ],
    },
  },
  hostile: fc.tuple(hostileName, hostileName).chain(([schema, name]) =>
    hostileStates(
      fc.record({
        grants: fc.dictionary(
          hostileRole,
          fc.dictionary(fc.constantFrom("usage", "select", "update with grant option"), fc.constant(true as const), {
            minKeys: 1,
          }),
          { maxKeys: 3 },
        ),
      }),
      { sequence: quoteQualified({ schema, name }) },
      [schema, name],
    ),
  ),
};
