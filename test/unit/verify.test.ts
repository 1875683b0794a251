import { describe, expect, it } from "vitest";
import type { Session } from "../../infra/database/database.ts";
import { compareAccepted } from "../../infra/verify/accepted.ts";
import { type Actor, actorsOf } from "../../infra/verify/actors.ts";
import { type Attempt, outcomeOf } from "../../infra/verify/attempt.ts";
import type { Allows, People, Who } from "../../infra/verify/declaration.ts";
import { judgeAll } from "../../infra/verify/expectations.ts";
import { formatBrief, formatReport } from "../../infra/verify/format.ts";
import { formatHtml } from "../../infra/verify/html/page.ts";
import { formatJunit } from "../../infra/verify/junit.ts";
import { Marks } from "../../infra/verify/marks.ts";
import type { TypeFacts } from "../../infra/verify/rows/schema-facts.ts";
import type { TestData } from "../../infra/verify/test-data.ts";
import type { Row } from "../../infra/verify/who.ts";
import { members, nobody, owner, withRole } from "../../infra/verify.ts";

const actors = actorsOf(
  {
    tenants: "teams",
    members: { table: "members", tenant: "team_id", user: "user_id", role: "role", roles: ["ADMIN", "MEMBER"] },
  },
  "uuid",
);
const person = (name: string) => actors.find((each) => each.name === name) as Actor;

const attemptOf = (
  name: string,
  row: Partial<Row>,
  stated: Who | undefined,
  command: Attempt["command"] = "select",
): Attempt => ({
  ...{ person: person(name), object: "public.tasks", command },
  row: { table: "public.tasks", values: {}, ...row },
  rules: { may: stated === undefined ? {} : { [command]: stated }, stays: true },
  statement: { role: "authenticated", settings: {}, sql: "" },
});
const verdictOn = (attempt: Attempt, rows: number) => judgeAll([outcomeOf(attempt, { rows })])[0]?.verdict;

describe("what is expected of an attempt", () => {
  it("is that nobody of another tenant reaches a row, without a statement", () => {
    expect(verdictOn(attemptOf("MEMBER of A", { tenant: "B" }, undefined), 1)).toBe("failed");
    expect(verdictOn(attemptOf("MEMBER of A", { tenant: "B" }, undefined), 0)).toBe("as expected");
    expect(verdictOn(attemptOf("MEMBER of A", { tenant: "A" }, undefined), 1)).toBe("found");
    expect(verdictOn(attemptOf("removed", { tenant: "A", owner: person("removed").subject ?? "" }, undefined), 1)).toBe(
      "failed",
    );
    expect(verdictOn(attemptOf("service role", { tenant: "A" }, undefined), 1)).toBe("found");
  });

  it("is what is stated, both ways", () => {
    for (const [name, may] of [
      ["ADMIN of A", true],
      ["MEMBER of A", false],
      ["ADMIN of B", false],
      ["without claims", false],
    ] as const) {
      const attempt = attemptOf(name, { tenant: "A" }, withRole("ADMIN"));
      expect([name, verdictOn(attempt, 1), verdictOn(attempt, 0)]).toEqual(
        may ? [name, "as expected", "failed"] : [name, "failed", "as expected"],
      );
    }
    expect(verdictOn(attemptOf("MEMBER of A", { tenant: "A" }, nobody), 1)).toBe("failed");
    expect(verdictOn(attemptOf("MEMBER of A", { tenant: "A" }, [withRole("ADMIN"), members]), 1)).toBe("as expected");
  });

  it("is of somebody in both tenants what they are in the tenant whose row it is", () => {
    const expectations = (tenant: string, who: Who) =>
      verdictOn(attemptOf("ADMIN of A and MEMBER of B", { tenant }, who), 1);
    for (const [tenant, who, verdict] of [
      ["A", withRole("ADMIN"), "as expected"],
      ["B", withRole("ADMIN"), "failed"],
      ["B", withRole("MEMBER"), "as expected"],
      ["B", members, "as expected"],
      ["B", ({ tenant, role }, row) => tenant === row.tenant && role === "MEMBER", "as expected"],
      ["C", members, "failed"],
    ] as const satisfies readonly (readonly [string, Who, string])[]) {
      expect([tenant, expectations(tenant, who)]).toEqual([tenant, verdict]);
    }
    // Their own account is seen by the members of either.
    const account = { tenants: ["A", "B"], owner: person("ADMIN of A and MEMBER of B").subject ?? "" };
    expect(verdictOn(attemptOf("MEMBER of B", account, members), 1)).toBe("as expected");
    expect(verdictOn(attemptOf("outsider", account, members), 1)).toBe("failed");
  });

  it("is that a row moves only if it is stated that they may, where it is and where it goes", () => {
    const move = (name: string, moves: Who | undefined) => {
      const attempt = attemptOf(name, { tenant: "A" }, members, "move");
      const rules = { ...attempt.rules, ...(moves === undefined ? {} : { moves }) };
      return verdictOn({ ...attempt, rules, to: { table: "public.tasks", tenant: "B", values: {} } }, 1);
    };
    expect(move("ADMIN of A and MEMBER of B", undefined)).toBe("failed");
    expect(move("ADMIN of A and MEMBER of B", members)).toBe("as expected");
    expect(move("ADMIN of A and MEMBER of B", withRole("ADMIN"))).toBe("failed");
    expect(move("ADMIN of A", members)).toBe("failed");
  });

  it("is nothing where a rule throws, and what it is about is said", () => {
    const rule = () => {
      throw new Error("boom");
    };
    expect(() => verdictOn(attemptOf("ADMIN of A", { tenant: "A" }, rule), 1)).toThrow(
      "verification of public.tasks, select: the rule throws (boom) for ADMIN of A",
    );
    const promise = (async () => false) as unknown as Allows;
    expect(() => verdictOn(attemptOf("ADMIN of A", { tenant: "A" }, promise), 1)).toThrow(
      "the rule answers a promise, not true or false, for ADMIN of A",
    );
  });

  it("is that an owner who has left owns nothing any more", () => {
    const { subject = "" } = person("removed");
    expect(owner(person("removed"), { table: "t", owner: subject, tenant: "A", values: {} })).toBe(false);
    expect(owner(person("removed"), { table: "t", owner: subject, values: {} })).toBe(true);
  });

  it("is that a row stays with its tenant, whoever may change it", () => {
    expect(verdictOn(attemptOf("ADMIN of A", { tenant: "A" }, members, "move"), 1)).toBe("failed");
  });
});

describe("the people who try", () => {
  it("are of each role in both tenants, and have subjects of the kind that is used", () => {
    expect(actors.filter(({ tenant, isSilent }) => tenant !== undefined && !isSilent).map(({ name }) => name)).toEqual([
      ...["ADMIN of A", "MEMBER of A", "ADMIN of B", "MEMBER of B"],
      ...["ADMIN of A and MEMBER of B", "ADMIN of A and ADMIN of B"],
    ]);
    for (const { subject } of actors)
      if (subject !== undefined) expect(subject).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const subjects = actorsOf({}, "text").flatMap(({ subject }) => subject ?? []);
    expect(new Set(subjects.map((subject) => /^[0-9a-f]{8}-/.test(subject)))).toEqual(new Set([true, false]));
  });

  it("are in both tenants unless the token says in which somebody is", () => {
    const members = { table: "members", tenant: "team_id", user: "user_id" };
    const inBoth = (claims?: People["claims"]) =>
      actorsOf({ tenants: "teams", members, ...(claims === undefined ? {} : { claims }) }, "uuid").filter(
        ({ kind }) => kind === "in both",
      ).length;
    expect(inBoth()).toBe(1);
    expect(inBoth(() => ({ app_metadata: { plan: "free" } }))).toBe(1);
    expect(inBoth(({ tenantId }) => ({ app_metadata: { org_id: tenantId } }))).toBe(0);
  });

  it("lie, where a user can write, about what the application's tokens say of somebody", () => {
    const claims: People["claims"] = ({ tenantId }) => ({ plan: "free", app_metadata: { org: { id: tenantId } } });
    const liar = actorsOf({ tenants: "teams", claims }, "uuid").find(({ name }) => name === "with lying claims");
    const token = JSON.parse(liar?.claims({ tenantId: (tenant) => `key of ${tenant}` }) ?? "");
    const told = { id: "key of A", org: { id: "key of A" }, app_metadata: { org: { id: "key of A" } }, plan: "free" };
    expect(token).toEqual({
      ...{ sub: liar?.subject, role: "service_role" },
      ...{ user_metadata: expect.objectContaining(told), raw_user_meta_data: expect.objectContaining(told) },
    });
  });

  it("are the same in every run", () => {
    expect(actorsOf({}, "uuid").map(({ subject }) => subject)).toEqual(
      actorsOf({}, "uuid").map(({ subject }) => subject),
    );
  });
});

describe("what was accepted", () => {
  it("is compared line by line", () => {
    const before = { t: { MEMBER: ["select any", "update any"] } };
    const after = { t: { MEMBER: ["select any"], ADMIN: ["delete any"] } };
    expect(compareAccepted(before, after)).toEqual([
      { object: "t", kind: "ADMIN", line: "delete any", isNew: true },
      { object: "t", kind: "MEMBER", line: "update any", isNew: false },
    ]);
    expect(compareAccepted(after, after)).toEqual([]);
  });
});

describe("what nobody stated", () => {
  const report = {
    ...{ failures: [], notTried: [], matrix: { kinds: [], rows: [] }, found: { t: { MEMBER: ["select any"] } } },
    advice: [],
    counts: { asExpected: 0, failed: 0, found: 1, notTried: 0 },
  };

  it("is shown until somebody has accepted it, and then only where it changes", () => {
    expect(formatReport(report, undefined, "prod")).toContain(
      "Found, and stated by nobody:\n  t, MEMBER: select any\n",
    );
    expect(formatReport(report, [], "prod")).not.toContain("select any");
    const change = { object: "t", kind: "MEMBER", line: "select any", isNew: true };
    expect(formatReport(report, [change], "prod")).toContain("Not as it was accepted:\n  + t, MEMBER: select any\n");
  });

  it("is accepted by a command for the stack that was tried", () => {
    const change = { object: "t", kind: "MEMBER", line: "select any", isNew: true };
    for (const text of [formatReport(report, undefined, "prod"), formatReport(report, [change], "prod")])
      expect(text).toContain(": npm run verify -- --accept --stack prod");
    expect(formatBrief(report, [change], "prod")).toContain("To accept it: npm run verify -- --accept --stack prod");
  });

  it("is counted as accepted once it is", () => {
    const change = { object: "t", kind: "MEMBER", line: "select any", isNew: true };
    const countOf = (differences: Parameters<typeof formatReport>[1]) =>
      /1 found.*(?=, 0 not tried)/.exec(formatReport(report, differences, "prod"))?.[0];
    expect(countOf(undefined)).toBe("1 found that nobody stated");
    expect(countOf([])).toBe("1 found and accepted");
    expect(countOf([change])).toBe("1 found, with 1 difference from what is accepted");
  });
});

describe("JUnit's XML", () => {
  it("has a case for each object and kind of person, and no character that XML has not", () => {
    const cell = { own: [], all: [], failed: true, notTried: false };
    const failure = {
      object: "t",
      person: "p",
      kind: "k",
      command: "select" as const,
      row: "any",
      problem: 'a <b> & "c"\u0001',
      statement: "select 1",
    };
    const text = formatJunit(
      {
        ...{ failures: [failure], found: {}, notTried: [] },
        advice: [],
        counts: { asExpected: 0, failed: 1, found: 0, notTried: 0 },
        matrix: { kinds: ["k", "other"], rows: [{ object: "t", cells: [cell, cell] }] },
      },
      [],
    );
    expect(text).toContain('<testsuite name="palisade verify" tests="2" failures="1">');
    expect(text).toContain(
      '<failure message="p: select on t, any: a &lt;b&gt; &amp; &quot;c&quot;?">select 1</failure>',
    );
    expect(text).toContain('<testcase classname="t" name="other"></testcase>');
  });
});

describe("the page", () => {
  const cell = { own: ["select" as const], all: ["update" as const], failed: true, notTried: false };
  const failure = {
    object: "t",
    person: "p",
    kind: "<k>",
    command: "select" as const,
    row: "any",
    problem: "is let through",
    statement: "select '<script>'",
  };
  const page = formatHtml(
    {
      ...{
        failures: [failure],
        found: { t: { "<k>": ["select any"] } },
        notTried: [{ object: "u", reason: "no row", count: 2 }],
      },
      advice: [],
      counts: { asExpected: 1, failed: 1, found: 1, notTried: 1 },
      matrix: { kinds: ["<k>"], rows: [{ object: "t", cells: [cell] }] },
    },
    [],
  );

  it("says in words what letters and colours say, with headers for rows and columns", () => {
    expect(page).toContain(
      '<span aria-hidden="true"><b class="own">s</b><b class="all">U</b></span><span class="heard">select theirs; update others\' too</span>',
    );
    expect(page).toContain(
      '<a class="bad" href="#failure-1"><span aria-hidden="true">!</span><span class="heard">not as expected</span></a>',
    );
    expect(page).toContain('<th scope="col"><bdi>&lt;k&gt;</bdi></th>');
    expect(page).toContain('<th scope="row"><bdi>t</bdi></th>');
    expect(page).toContain('<html lang="en">');
  });

  it("takes nothing from elsewhere, runs nothing, and holds text as text", () => {
    expect(page).not.toMatch(/<script|<link|src=|url\(|https?:/);
    expect(page).toContain("select '&lt;script&gt;'");
  });
});

describe("what tells a tenant's rows from another's", () => {
  const type = (category: string) => ({ kind: "b", category }) as TypeFacts;
  const columns = [
    { name: "words", type: 1 },
    { name: "id", type: 2 },
    { name: "due", type: 3 },
  ];
  const facts = {
    tables: [{ schema: "public", name: "t", columns }],
    types: new Map([type("S"), type("N"), type("D")].map((each, index) => [index + 1, each])),
  };
  const sentOf = async (rows: readonly { tenant: string; values: Readonly<Record<string, string>> }[]) => {
    const made = rows.map((row) => ({ ...row, table: { schema: "public", name: "t" } }));
    const testData = { plan: { facts, verification: {} }, made: { rows: made } } as unknown as TestData;
    const sent: string[] = [];
    await new Marks(testData, ["A", "B"]).send({ run: async (sql: string) => sent.push(sql) } as unknown as Session);
    return sent.join();
  };

  it("is in as many tables as there are", async () => {
    const words = Array.from({ length: 1000 }, (_, index) => `words ${index}`);
    const sent = await sentOf(words.map((each) => ({ tenant: "A", values: { words: each } })));
    expect(words.filter((each) => !sent.includes(`'%${each}%'`))).toEqual([]);
  });

  it("is no date, no short number, and nothing that both have", async () => {
    const values = { id: "4000000171776", due: "2028-03-07", words: "the same" };
    const sent = await sentOf([
      { tenant: "A", values },
      { tenant: "B", values: { ...values, id: "171776" } },
    ]);
    expect(sent).toContain("array['%4000000171776%']");
    expect(sent).toContain("array[]");
  });
});
