import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { functionIdentity } from "../../../infra/catalog/functions.ts";
import { normalise as normaliseInput } from "../../../infra/lifecycle/normalise.ts";
import { enginePath } from "../../../infra/provider/conversion.ts";
import { formatName, formatReference } from "../../../infra/sql/names.ts";
import { orReplace } from "../../../infra/sql/or-replace.ts";
import { expressionProblem, loadParser, type Node, parseStatements } from "../../../infra/sql/parser.ts";
import {
  formatQualified,
  parseQualified,
  quoteIdentifier,
  quoteLiteral,
  quoteQualified,
} from "../../../infra/sql/quote.ts";
import { readSignature } from "../../../infra/sql/signature.ts";
import { nameInSignature } from "../../../infra/sql/signature-name.ts";
import {
  differences,
  isEqual,
  type Properties,
  type Value,
  valueAt,
  withValueAt,
} from "../../../infra/values/properties.ts";
import { hostileAccess, hostileStates } from "../../kinds/hostile.ts";
import { samples } from "../../kinds/index.ts";
import type { HostileObject } from "../../kinds/sample.ts";
import { hostileCondition, hostileName, hostileRole, hostileText } from "../../support/hostile.ts";
import { kindOf, postgresServer, unconnectedContext } from "../truth/direct.ts";
import {
  nobody,
  readFrom,
  readSelect,
  readTarget,
  rolesIn,
  subjectOf,
  withoutPlaces,
} from "../truth/parsed-statements.ts";

const context = unconnectedContext();

beforeAll(() => loadParser());

describe("what quotes", () => {
  it("writes a name that PostgreSQL reads back as it was", () => {
    fc.assert(
      fc.property(hostileName, hostileName, (schema, name) => {
        for (const text of [quoteQualified({ schema, name }), formatReference({ schema, name })]) {
          expect(readFrom(`select * from ${text}`)).toMatchObject({ schemaname: schema, relname: name });
        }
        expect(readTarget(`select x.${formatName(name)} from x`)).toMatchObject({
          ColumnRef: { fields: [{ String: { sval: "x" } }, { String: { sval: name } }] },
        });
      }),
    );
  });

  it("writes a text that PostgreSQL reads back as it was", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const { A_Const: constant } = readTarget(`select ${quoteLiteral(text)}`) as {
          A_Const: { sval: { sval?: string } };
        };
        expect(constant.sval.sval ?? "").toBe(text);
      }),
    );
  });

  it("writes an identity that it reads back itself", () => {
    fc.assert(
      fc.property(hostileName, hostileName, (schema, name) => {
        expect(parseQualified(formatQualified({ schema, name }))).toEqual({ schema, name });
      }),
    );
  });
});

describe("what names properties to Pulumi's engine", () => {
  it("writes a path that the engine reads back as it was, or as one above it", () => {
    const key = fc.oneof(
      hostileName,
      hostileName.map((name) => `${name}\\`),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 3 }), (keys) => {
        const path = ["policies", ...keys];
        const { text, isWhole } = enginePath(path);
        const found = readEnginePath(text);
        expect(found).toEqual(path.slice(0, found.length));
        expect(found.length === path.length).toBe(isWhole);
      }),
      { numRuns: 2000, examples: [[["\\"]], [['a"b\\c']], [['\\"']], [["a.b\\"]], [["["]]] },
    );
  });
});

describe("what guards conditions", () => {
  it("lets nothing through that would be more than one policy's condition", () => {
    fc.assert(
      fc.property(hostileCondition, (condition) => {
        if (expressionProblem(condition) !== undefined) return;
        const statements = parseStatements(`create policy p on t using (${condition}\n) with check (${condition}\n)`);
        expect(statements.map((statement) => Object.keys(statement))).toEqual([["CreatePolicyStmt"]]);
        // Between a view's parentheses it is the condition and no further clause either.
        const { whereClause: _condition, ...clauses } = readSelect(`select 1 from t where (${condition}\n)`);
        expect(clauses).toEqual(readSelect("select 1 from t"));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("what reads functions", () => {
  it("finds the function that was written, whatever its name, and makes it OR REPLACE and nothing else", () => {
    const space = fc.constantFrom(" ", "\n", "\t", "\r\n", " -- why\n", "/* why /* deep */ */", " /* ' */ ");
    fc.assert(
      fc.property(
        hostileName,
        hostileName,
        hostileText,
        fc.array(space, { minLength: 4, maxLength: 4 }),
        (schema, name, body, [a = " ", b = " ", c = " ", d = " "]) => {
          const definition = `${a}CREATE${b}function ${c} ${quoteQualified({ schema, name })}(a text) returns text language sql as ${quoteLiteral(body)}${d}`;
          const read = readSignature(definition);
          expect(read).toEqual({ schema, name, isProcedure: false, argumentTypes: ["text"] });
          const type = formatQualified({ schema: name, name: schema });
          expect(nameInSignature(functionIdentity({ ...read, argumentTypes: [type, "text[]"] }))).toBe(
            formatQualified(read),
          );
          const [before] = parseStatements(definition);
          const [after, ...more] = parseStatements(orReplace(definition));
          expect(more).toEqual([]);
          const { replace, ...rest } = withoutPlaces(after?.CreateFunctionStmt) as { replace?: boolean };
          expect(replace).toBe(true);
          expect(rest).toEqual(withoutPlaces(before?.CreateFunctionStmt));
          expect(orReplace(orReplace(definition))).toBe(orReplace(definition));
        },
      ),
    );
  });
});

describe("what compares", () => {
  const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value; object: Properties }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.array(tie("value"), { maxLength: 3 }),
      tie("object"),
    ),
    object: fc.dictionary(hostileName, tie("value"), { maxKeys: 4 }),
  })).value;
  const properties = fc.dictionary(hostileName, value, { maxKeys: 5 });

  it("finds no difference exactly where there is none, and names each by where it stands", () => {
    fc.assert(
      fc.property(properties, properties, (left, right) => {
        expect(differences(left, left)).toEqual([]);
        expect(differences(left, right).length === 0).toBe(isEqual(left, right));
        for (const { path, kind } of differences(left, right)) {
          expect(valueAt(left, path) === undefined).toBe(kind === "add");
          expect(valueAt(right, path) === undefined).toBe(kind === "delete");
        }
      }),
    );
  });

  it("puts a value where it was told and nowhere else", () => {
    fc.assert(
      fc.property(properties, value, (before, next) => {
        for (const key of Object.keys(before)) {
          const after = withValueAt(before, [key], next);
          expect(valueAt(after, [key])).toEqual(next);
          expect(differences(before, after).every(({ path }) => path[0] === key)).toBe(true);
        }
      }),
    );
  });
});

describe("what plans", () => {
  it.each(samples)("of a $kind takes no names, or has an object under any name", ({ hostile }) => {
    expect(hostile).not.toBe("");
  });

  describe.each(samples.filter(({ hostile }) => typeof hostile !== "string"))("for a $kind", ({ kind, hostile }) => {
    const objects = hostile as fc.Arbitrary<HostileObject>;

    it("writes statements about that one alone, which make the other state of it", async () => {
      await fc.assert(
        fc.asyncProperty(objects, async ({ from, to, subject }) => {
          const [live, desired] = [await normalise(kind, from), await normalise(kind, to)];
          fc.pre(live !== undefined && desired !== undefined);
          for (const statement of [
            ...plan(kind, undefined, desired),
            ...plan(kind, live, desired),
            ...parsed(kindOf(kind).remove(desired, desired)),
          ]) {
            const found = subjectOf(statement);
            if (found !== nobody) expect(found.slice(0, subject.length)).toEqual(subject);
          }
          expect(plan(kind, desired, desired)).toEqual([]);
        }),
        { numRuns: 100 },
      );
    });

    it("has a normal form that is its own, so that what an import writes means the same again", async () => {
      const { derived = [] } = kindOf(kind);
      const asWritten = (args: Properties) =>
        Object.fromEntries(Object.entries(args).filter(([name]) => !derived.includes(name)));
      await fc.assert(
        fc.asyncProperty(objects, async ({ from }) => {
          const normal = await normalise(kind, from);
          fc.pre(normal !== undefined);
          const written = asWritten(normal);
          expect(kindOf(kind).input.safeParse(written).success).toBe(true);
          expect(await normalise(kind, written)).toEqual(normal);
        }),
      );
    });
  });

  it("writes one statement about a role's settings for this database, whatever the role is called", async () => {
    await fc.assert(
      fc.asyncProperty(hostileRole, async (name) => {
        const desired = await normalise("Role", { name });
        fc.pre(desired !== undefined);
        const live = { ...desired, databaseSettings: { work_mem: "1GB" } };
        const [statement, ...more] = plan("Role", live, desired);
        expect(more).toEqual([]);
        expect(statement).toMatchObject({
          DoStmt: {
            args: [
              {
                DefElem: {
                  defname: "as",
                  arg: { String: { sval: expect.stringContaining(quoteLiteral(quoteIdentifier(name))) } },
                },
              },
            ],
          },
        });
      }),
      { examples: [["a$$b"]] },
    );
  });

  it("writes for a table no other kinds of statements, with the roles that are declared", async () => {
    const access = fc
      .tuple(hostileName, hostileName)
      .chain(([schema, name]) => hostileStates(hostileAccess, { table: quoteQualified({ schema, name }) }, []));
    await fc.assert(
      fc.asyncProperty(access, async ({ from, to }) => {
        const [live, desired] = [await normalise("TableAccess", from), await normalise("TableAccess", to)];
        fc.pre(live !== undefined && desired !== undefined);
        const statements = plan("TableAccess", live, desired);
        const types = ["AlterTableStmt", "CreatePolicyStmt", "AlterPolicyStmt", "DropStmt", "GrantStmt", "CommentStmt"];
        expect(types).toEqual(expect.arrayContaining(statements.flatMap((statement) => Object.keys(statement))));
        for (const made of statements.flatMap(({ CreatePolicyStmt: created }) => (created ? [created as Node] : []))) {
          const wanted = (desired.policies as Properties)[String(made.policy_name)] as Properties;
          expect([made.cmd_name, made.permissive === true]).toEqual([wanted.command, wanted.as === "permissive"]);
          expect(rolesIn(made.roles)).toEqual(wanted.roles);
        }
        for (const grant of statements.flatMap(({ GrantStmt: made }) => (made ? [made as Node] : []))) {
          const known = grant.is_grant
            ? desired.grants
            : { ...(live.grants as Properties), ...(desired.grants as Properties) };
          expect(Object.keys(known as Properties)).toEqual(expect.arrayContaining(rolesIn(grant.grantees)));
        }
      }),
    );
  });
});

/** As the engine does. @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/properties_path.go */
function readEnginePath(text: string): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest !== "") {
    const match = /^(?:\["((?:\\"|[^"])*)"\]|\.?([^.[]+))/su.exec(rest);
    if (!match) throw new Error(`the engine can't read ${rest}`);
    found.push(match[1]?.replaceAll('\\"', '"') ?? match[2] ?? "");
    rest = rest.slice(match[0].length);
  }
  return found;
}

async function normalise(kind: string, input: unknown): Promise<Properties | undefined> {
  const normal = await normaliseInput(kindOf(kind), input as Properties, context);
  return Array.isArray(normal) ? undefined : (normal as Properties);
}

function plan(kind: string, live: Properties | undefined, desired: Properties): Node[] {
  return parsed(kindOf(kind).plan(live, desired, postgresServer));
}

/** Each statement by itself and all of them joined as they are sent are the same. */
function parsed(statements: readonly string[]): Node[] {
  const single = statements.flatMap((statement) => {
    const found = parseStatements(statement);
    expect(found).toHaveLength(1);
    return found;
  });
  const joined = statements.length === 0 ? [] : parseStatements(statements.join(";\n"));
  expect(withoutPlaces(joined)).toEqual(withoutPlaces(single));
  return single;
}
