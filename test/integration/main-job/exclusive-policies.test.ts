import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDiagnostics, readOperations, readSummary } from "../../support/pulumi-output.ts";
import { Sessions, untilWaiting } from "../../support/sessions.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";

interface Declared {
  /** Policies on files, by the resource's name: the policy's name and options. */
  readonly files?: Readonly<Record<string, { readonly name: string; readonly deleteBeforeReplace?: boolean }>>;
  /** Beside those of `files`; undefined: no list is declared. */
  readonly others?: readonly string[] | undefined;
  /** What comes before the list. */
  readonly notes?: string;
}

const program = ({ files = {}, others, notes = "" }: Declared) => `
import { ExclusivePolicies, Policy, storageObjects, TableAccess } from "pulumi-palisade";
const files = Object.entries(${JSON.stringify(files)} as Record<string, { name: string; deleteBeforeReplace?: boolean }>);
const policies = files.map(([resource, { name, ...options }]) =>
  new Policy(resource, { table: storageObjects, name, command: "select", roles: ["authenticated"], using: "bucket_id = 'a'" }, options));
const notes = new TableAccess("notes", { table: "public.notes", grants: { authenticated: [${notes}] } });
${others === undefined ? "" : `new ExclusivePolicies("files", { table: storageObjects, policies: [...policies, ...${JSON.stringify(others)}] }, { dependsOn: notes });`}
`;

// Nothing of it depends on the version: on others the list is deployed, drifts and is destroyed with the sample.
describe("the list of a shared table's policies", () => {
  const sessions = new Sessions();
  let server: TestServer;
  let database: TestDatabase;
  let stack: TestStack;

  beforeAll(async () => {
    server = await startTestServer(17);
    database = await server.createDatabase();
    stack = await TestStack.create({ database, program: "" });
    await stack.sql("create table public.notes (id text primary key); alter table public.notes owner to postgres");
  });
  afterAll(async () => {
    await sessions.closeAll();
    await stack?.close();
    await server?.stop();
  });

  const byHand = (statements: string) => stack.sql(`set role postgres; ${statements}; reset role`);
  const policies = async () =>
    (await stack.sql("select polname from pg_policy where polrelid = 'storage.objects'::regclass order by 1")).map(
      ({ polname }) => polname,
    );
  const expectClean = async (undeclared: readonly string[] = []) => {
    const run = succeed(await stack.preview("--expect-no-changes"));
    const diagnostics = readDiagnostics(run);
    expect([...diagnostics.keys()]).toEqual(undeclared.length > 0 ? ["Stack palisade-test"] : []);
    for (const policy of undeclared) expect(diagnostics.get("Stack palisade-test")?.join()).toContain(policy);
  };
  const old = { reading: { name: "read" }, renamed: { name: "before" }, replaced: { name: "first" } };

  it("is declared first in the update that renames one of the stack's policies, and drops the old one of them", async () => {
    stack.write(program({ files: { ...old, reading: { name: "r" } } }));
    succeed(await stack.up());
    stack.write(program({ files: old, others: [] }));
    succeed(await stack.up());
    expect(await policies()).toEqual(["before", "first", "read"]);
    await expectClean();
  });

  it("shows a policy that somebody adds by hand by name, with what it lets through or keeps out, and drops it", async () => {
    await byHand(`create policy open on storage.objects using (true);
      create policy "the ""odd"" one" on storage.objects as restrictive for update to anon, service_role using (bucket_id = 'b') with check (false)`);
    const preview = succeed(await stack.preview());
    expect([...readOperations(preview)]).toEqual([["ExclusivePolicies files", "update"]]);
    const odd = "restrictive for update to anon, service_role using (bucket_id = 'b'::text) with check false";
    expect([...(readDiagnostics(preview).get("ExclusivePolicies files") ?? [])].sort()).toEqual(
      [
        `policies.open: "permissive for all to public using true" => (none)`,
        `policies["the \\"odd\\" one"]: "${odd}" => (none)`,
        `the policy "open" is dropped, and with it what it lets through: permissive for all to public using true`,
        "anon loses select, insert, delete on files of any bucket: was every file",
        "authenticated loses select, insert, update, delete on files of any bucket: was every file",
        `warning: the policy "the ""odd"" one" is dropped, and with it what it keeps out: ${odd}`,
      ].sort(),
    );
    expect(succeed(await stack.preview("--diff")).output).toMatch(
      /- open *: "permissive for all to public using true"/,
    );
    expect(readSummary(succeed(await stack.up()))[0]).toBe("~ 1 updated");
    expect(await policies()).toEqual(["before", "first", "read"]);
    await expectClean();
  });

  it("leaves a listed policy that is gone to the policy's own resource", async () => {
    await byHand("drop policy read on storage.objects");
    const preview = succeed(await stack.preview());
    expect([...readOperations(preview)]).toEqual([["Policy reading", "create"]]);
    succeed(await stack.up());
    expect(await policies()).toEqual(["before", "first", "read"]);
    await expectClean();
  });

  it("follows policies that come, go, are renamed and replaced in one update, beside one that somebody added", async () => {
    await byHand("create policy open on storage.objects using (true)");
    stack.write(
      program({
        files: {
          renamed: { name: "after" },
          replaced: { name: "second", deleteBeforeReplace: true },
          added: { name: "new" },
          "another name": { name: "before" },
        },
        others: [],
      }),
    );
    const preview = succeed(await stack.preview());
    const lines = (readDiagnostics(preview).get("ExclusivePolicies files") ?? []).filter((line) => / => /.test(line));
    expect([...lines].sort()).toEqual([
      "policies.after: (none) => true",
      "policies.first: true => (none)",
      "policies.new: (none) => true",
      `policies.open: "permissive for all to public using true" => (none)`,
      "policies.read: true => (none)",
      "policies.second: (none) => true",
    ]);
    succeed(await stack.up());
    expect(await policies()).toEqual(["after", "before", "new", "second"]);
    await expectClean();
    // The other way round: whatever is first to be made or dropped.
    stack.write(
      program({ files: { ...old, replaced: { name: "first", deleteBeforeReplace: true } }, others: ["partners"] }),
    );
    succeed(await stack.up());
    expect(await policies()).toEqual(["before", "first", "read"]);
    await expectClean();
  });

  it("is content with a policy of somebody else's that it lists by name, and forgets one that refresh has seen and somebody has dropped", async () => {
    await byHand(
      "create policy partners on storage.objects using (false); create policy open on storage.objects using (true)",
    );
    succeed(await stack.run("refresh", "--yes", "--skip-preview"));
    const preview = succeed(await stack.preview());
    expect(readDiagnostics(preview).get("ExclusivePolicies files")).toContain(
      `policies.open: "permissive for all to public using true" => (none)`,
    );
    await byHand("drop policy open on storage.objects");
    await expectClean();
    expect(await policies()).toEqual(["before", "first", "partners", "read"]);
  });

  it("leaves everything as it is when somebody adds a policy after the update has looked", async () => {
    await byHand("create policy open on storage.objects using (true)");
    stack.write(program({ files: { ...old, added: { name: "new" } }, others: ["partners"], notes: `"select"` }));
    const reader = await sessions.open(database.url, "report");
    await reader.query("begin; lock table public.notes in share mode");
    const update = stack.up();
    await untilWaiting(await sessions.open(database.url, "observer"));
    await byHand("create policy later on storage.objects using (true)");
    await reader.query("commit");
    const run = await update;
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toContain(
      "storage.objects is no longer what the preview showed: somebody changed policies.later. Nothing was changed; run the preview again",
    );
    expect(await policies()).toEqual(["before", "first", "later", "new", "open", "partners", "read"]);
    succeed(await stack.up());
    expect(await policies()).toEqual(["before", "first", "new", "partners", "read"]);
    await expectClean();
  });

  it("changes nothing in the database when it is removed, whatever is there, while a policy is added beside it", async () => {
    await byHand("create policy open on storage.objects using (true)");
    stack.write(program({ files: { ...old, second: { name: "second" } } }));
    expect(readOperations(succeed(await stack.up())).get("ExclusivePolicies files")).toBe("delete");
    expect(await policies()).toEqual(["before", "first", "open", "partners", "read", "second"]);
    await expectClean(["by the policy open. No resource declares it"]);
  });

  it("is refused over policies that it does not list, which it names, until it is imported or told to adopt", async () => {
    const files = { ...old, second: { name: "second" } };
    stack.write(program({ files, others: [] }));
    for (const run of [await stack.preview(), await stack.up()]) {
      expect(run.exitCode).not.toBe(0);
      const lines = readDiagnostics(run).get("ExclusivePolicies files")?.join("\n");
      expect(lines).toMatch(
        /storage\.objects exists already and differs from what is declared \(policies\.open, policies\.partners\)\. .*npm run pulumi -- import palisade:index:ExclusivePolicies files storage\.objects --stack test`/,
      );
    }
    expect(readDiagnostics(await stack.preview()).get("ExclusivePolicies files")).toContain(
      `the policy "open" is dropped, and with it what it lets through: permissive for all to public using true`,
    );
    expect(await policies()).toEqual(["before", "first", "open", "partners", "read", "second"]);

    stack.write(program({ files, others: ["partners", "open"] }));
    const id = ["palisade:index:ExclusivePolicies", "files", "storage.objects"];
    succeed(await stack.run("import", ...id, "--yes", "--protect=false", "--generate-code=false"));
    await expectClean();
    stack.write(program({ files }));
    succeed(await stack.up());

    stack.write(program({ files, others: ["partners"] }));
    succeed(await stack.run("config", "set", "palisade:adopt", "true"));
    expect(readDiagnostics(succeed(await stack.preview())).get("ExclusivePolicies files")).toEqual([
      `the policy "open" is dropped, and with it what it lets through: permissive for all to public using true`,
      'policies.open: "permissive for all to public using true" => (none)',
      "anon and authenticated lose select, insert, update, delete on files of any bucket: was every file",
    ]);
    succeed(await stack.up());
    expect(await policies()).toEqual(["before", "first", "partners", "read", "second"]);
    await expectClean();
  });
});

function succeed(run: Run): Run {
  expect(run.exitCode, run.output).toBe(0);
  return run;
}
