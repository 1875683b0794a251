import type { Command } from "../../infra/verify/attempt.ts";
import type { Failure, MatrixCell, Report } from "../../infra/verify/report.ts";

const commands: Readonly<Record<string, Command>> = {
  s: "select",
  i: "insert",
  u: "update",
  d: "delete",
  m: "move",
  r: "receive",
  w: "send",
};

/** As the matrix has it in the terminal: `sU !`. */
function cell(text: string): MatrixCell {
  const found = [...text].filter((letter) => /[a-z]/i.test(letter));
  const commandsOf = (wanted: (letter: string) => boolean) =>
    found.filter(wanted).flatMap((letter) => commands[letter.toLowerCase()] ?? []);
  return {
    own: commandsOf((letter) => letter === letter.toLowerCase()),
    all: commandsOf((letter) => letter !== letter.toLowerCase()),
    failed: text.includes("!"),
    notTried: text.includes("?"),
  };
}

const kinds = ["anonymous", "outsider", "removed", "OWNER", "ADMIN", "MEMBER", "odd claims", "service role"];

/** A name that would like to be more than text. */
export const hostileName = `public."><img src=x onerror=alert(1)>\u202e&amp;'`;

const rows: Readonly<Record<string, string>> = {
  "public._prisma_migrations": "- - - - - - - SIUD",
  "public.ai_conversations": "- - - siud siud siud - SIUDM",
  "public.attachments": "- - - siud siud siu - SIUD",
  "public.customers": "- S! - siud siud siu - SIUD",
  "public.notifications": "- - - sud sud sud? - SIUDM",
  "public.organization_members": "- - - sud sud sd - SIUD",
  "public.tasks": "- S! - siud siud siu - SIUD",
  [hostileName]: "- - - s s s - S",
  "files in attachments": "- - - siud siud siu - SIUDM",
  "channel organization:*": "- - - rw rw rw - RW",
};

const failure = (object: string, what: Partial<Failure> = {}): Failure => ({
  ...{ object, person: "outsider", kind: "outsider", command: "select", row: "another's (A)" },
  problem: "is let through, and must not be: it is another tenant's",
  because: `the policy open of ${object}, and the privilege select of authenticated`,
  statement: `begin;\n\\i '.palisade/verify-rows.sql'\nset local role "authenticated";\nselect * from ${object} where "id" = '</code><script>alert(1)</script>';\nrollback;`,
  ...what,
});

/** A result with something of everything. */
export const everything: Report = {
  counts: { asExpected: 6625, failed: 3, found: 547, notTried: 2 },
  failures: [failure("public.customers"), failure("public.tasks"), failure("public.tasks", { person: "newcomer" })],
  found: {
    "public.tasks": { "service role": ["delete any", "insert any"] },
    [hostileName]: { MEMBER: ["select any"] },
  },
  notTried: [
    {
      object: "public.notifications",
      person: "MEMBER",
      command: "update",
      reason: "canceling statement due to lock timeout",
      count: 2,
    },
  ],
  advice: [
    {
      object: "public.tasks",
      problem: "when authenticated reads, the policies read the whole table, for want of an index on organization_id",
      remedy: 'create index on "public"."tasks" ("organization_id")',
    },
  ],
  matrix: {
    kinds,
    rows: Object.entries(rows).map(([object, cells]) => ({ object, cells: cells.split(" ").map(cell) })),
  },
};
