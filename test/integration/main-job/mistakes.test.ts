import { expect, it } from "vitest";
import { describeDeployment, rowVersions } from "../../support/application.ts";
import { readDiagnostics } from "../../support/pulumi-output.ts";
import type { TestStack } from "../../support/stack.ts";

interface Mistake {
  readonly name: string;
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
  readonly resource: string;
  /** The property and PostgreSQL's own message. */
  readonly says: string;
}

const mistakes: readonly Mistake[] = [
  {
    name: "a column that is mistyped in a table's policy",
    file: "stacks/table-access.ts",
    right: `using: sql\`\${users.id} = \${me} or`,
    wrong: `using: sql\`users.ident = \${me} or`,
    resource: "TableAccess users",
    says: "policies.users_select.using: column users.ident does not exist",
  },
  {
    name: "a column that is mistyped in a policy on files",
    file: "stacks/storage.ts",
    right: `deletableBy: sql\`\${firstFolder} = `,
    wrong: `deletableBy: sql\`bucketid = 'attachments' and \${firstFolder} = `,
    resource: "Policy attachments_delete",
    says: `using: column "bucketid" does not exist. Perhaps you meant to reference the column "objects.bucket_id".`,
  },
  {
    name: "a column that is mistyped in a grant",
    file: "stacks/table-access.ts",
    right: "update: [app.notifications.read]",
    wrong: `update: ["is_read"]`,
    resource: "TableAccess notifications",
    says: `grants.authenticated.update: column "is_read" of relation`,
  },
  {
    name: "a table that is mistyped in a function",
    file: "sql/functions/is_organization_member.sql",
    right: "select from public.organization_members as membership",
    wrong: "select from public.organisation_members as membership",
    resource: "Function is_organization_member",
    says: `definition: relation "public.organisation_members" does not exist`,
  },
];

describeDeployment("a mistake in the program", (stack) => {
  const [mistypedColumn, , , mistypedTable] = mistakes;

  it.each([mistypedColumn, mistypedTable])(
    "is refused on an empty database, although the tables come with the same up: $name",
    async (mistake) => {
      const before = await stack().sql(rowVersions);
      await refuse(stack(), mistake);
      expect(await stack().sql(rowVersions)).toEqual(before);
    },
  );

  it("can be put right, and the whole program is carried out", async () => {
    const run = await stack().up();
    expect(run.exitCode, run.output).toBe(0);
  });

  it.each(mistakes)("is refused on the finished database, where nothing is changed: $name", async (mistake) => {
    const before = await stack().sql(rowVersions);
    await refuse(stack(), mistake);
    expect(await stack().sql(rowVersions)).toEqual(before);
  });

  it("leaves no trace when it is put right", async () => {
    const run = await stack().preview("--expect-no-changes");
    expect(run.exitCode, run.output).toBe(0);
  });
});

/** Makes the mistake, expects the preview to name it, and puts the program right again. */
async function refuse(stack: TestStack, mistake: Mistake | undefined): Promise<void> {
  const { file, right, wrong, resource, says } = mistake ?? expect.fail("there is no such mistake");
  stack.edit(file, right, wrong);
  const preview = await stack.preview();
  stack.edit(file, wrong, right);
  expect(preview.exitCode, preview.output).not.toBe(0);
  expect(readDiagnostics(preview).get(resource)?.join("\n"), preview.output).toContain(says);
}
