import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Contract, describeContract } from "../../infra/contract/contract.ts";
import { toApplicationModel } from "../../infra/contract/data-model.ts";
import { readDeclaredStack } from "../../infra/contract/declared-stack.ts";
import { parseSchema } from "../../infra/prisma/model.ts";
import { readSchema } from "../../infra/prisma/schema-files.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { environment } from "../../stacks/environment.ts";
import { type Application, describeApplication } from "../support/application.ts";
import { load, prepareApplication } from "../support/contract-application.ts";
import { completeEnvironment } from "../support/contract-environment.ts";
import { describeRows } from "./contract-rows.ts";
import {
  administers,
  everybody,
  isMember,
  organizations,
  type Person,
  populate,
  users,
} from "./main-job/access/people.ts";

interface Bucket {
  readonly name: string;
  path(owner: object, ...rest: string[]): string;
}
interface StorageModule {
  readonly attachmentsBucket: Bucket;
  readonly avatarsBucket: Bucket;
  readonly publicAssetsBucket: Bucket;
  toFileName(name: string): string;
}
interface Prisma {
  readonly notification: {
    create(query: object): Promise<Readonly<Record<string, unknown>>>;
    delete(query: object): Promise<unknown>;
  };
  $disconnect(): Promise<void>;
}

// Compilers on a busy machine take their time.
vi.setConfig({ testTimeout: 300_000 });

// What the contract says of the database does not depend on PostgreSQL's version.
describeApplication(
  "the contract against the database that the stack provisions",
  (application) => {
    beforeAll(async () => {
      await prepareApplication();
      await populate(application);
    });
    // Vitest takes each test's variables back.
    beforeEach(() => {
      const variables = {
        ...completeEnvironment,
        NODE_ENV: "development",
        DATABASE_URL: application.connectionString(),
      };
      for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    });
    describeFiles(application);
    describeTopics(application);
    describeTypes(application);
    describePrisma(application);
    describeRows(application);
  },
  [17],
);

function describeFiles({ request }: Application): void {
  describe("a path that a bucket builds", () => {
    /** Each: a path, and who may put a file there and take it away; written down apart from the policies. */
    const readPaths = async () => {
      const { attachmentsBucket, avatarsBucket, publicAssetsBucket, toFileName } =
        await load<StorageModule>("contract/storage.ts");
      const place = (bucket: Bucket, path: string, writes: (person: Person) => boolean, deletes = writes) => ({
        bucket: bucket.name,
        path,
        writes,
        deletes,
      });
      return [
        ...organizations.flatMap((organizationId) => [
          ...[["plan.pdf"], ["2026", "plan.pdf"], ["blue", "red", toFileName("Übersicht #1.pdf")]].map(
            ([first = "", ...rest]) =>
              place(
                attachmentsBucket,
                attachmentsBucket.path({ organizationId }, first, ...rest),
                (person) => isMember(person, organizationId),
                (person) => administers(person, organizationId),
              ),
          ),
          place(publicAssetsBucket, publicAssetsBucket.path({ organizationId }, "logo.png"), (person) =>
            administers(person, organizationId),
          ),
        ]),
        ...users.map((userId) =>
          place(avatarsBucket, avatarsBucket.path({ userId }, "me.png"), ({ user }) => user === userId),
        ),
      ];
    };

    it("is let through by the object policies for the right people and refused for everybody else", async () => {
      const actual: Record<string, unknown> = {};
      const expected: Record<string, unknown> = {};
      for (const { bucket, path, writes, deletes } of await readPaths()) {
        const values = [bucket, path];
        const before = `insert into storage.objects (bucket_id, name) values ('${bucket}', '${path}')`;
        for (const [who, person] of everybody) {
          const { user } = person;
          const uploaded = await request({
            user,
            sql: "insert into storage.objects (bucket_id, name) values ($1, $2)",
            values,
          });
          const found = await request({
            user,
            before,
            sql: "select from storage.objects where bucket_id = $1 and name = $2",
            values,
          });
          const settings = { "storage.allow_delete_query": "true" };
          const sql = "delete from storage.objects where bucket_id = $1 and name = $2";
          const deleted = await request({ user, before, settings, sql, values });
          actual[`${bucket}/${path}: ${who}`] = [uploaded.refusal ?? true, found.count === 1, deleted.count === 1];
          expected[`${bucket}/${path}: ${who}`] = [writes(person) || refused, writes(person), deletes(person)];
        }
      }
      expect(Object.keys(actual).length).toBeGreaterThan(100);
      expect(actual).toEqual(expected);
    });
  });
}

const refused = '42501 new row violates row-level security policy for table "objects"';

function describeTopics({ request }: Application): void {
  describe("a topic that the contract names", () => {
    it("is joined by the organisation's members and by nobody else", async () => {
      const { organizationTopic } = await load<{ organizationTopic(topic: object): string }>("contract/channels.ts");
      for (const organizationId of organizations) {
        const topic = organizationTopic({ organizationId });
        for (const extension of ["broadcast", "presence"]) {
          for (const [who, person] of everybody) {
            const sql = "insert into realtime.messages (topic, extension) values ($1, $2)";
            const settings = { "realtime.topic": topic };
            const { refusal } = await request({ user: person.user, settings, sql, values: [topic, extension] });
            expect([topic, who, refusal === undefined]).toEqual([topic, who, isMember(person, organizationId)]);
          }
        }
      }
    });
  });
}

function describeTypes({ query }: Application): void {
  describe("the types of rows", () => {
    let contract: Contract;
    beforeAll(async () => {
      const resources = await readDeclaredStack({ directory: projectDirectory, stack: "dev" });
      const model = toApplicationModel(await parseSchema(await readSchema("prisma/schema.prisma")));
      contract = await describeContract(resources, model, environment);
    });

    it("have the columns of the live tables, with their types, what may be missing and what may be left out", async () => {
      const rows = await query(`
        select c.relname as table, attname as column, format_type(atttypid, atttypmod) as type, not attnotnull as nullable,
          atthasdef as "hasDefault"
        from pg_attribute join pg_class c on c.oid = attrelid
        where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
          and relname <> '_prisma_migrations'`);
      const described = contract.tables.flatMap(({ name, columns, defaults }) =>
        columns.map(({ column, type, nullable }) => ({
          table: name,
          column,
          type,
          nullable,
          hasDefault: defaults.has(column),
        })),
      );
      expect(sorted(described)).toEqual(sorted(rows));
    });

    it("have the live values of each enumeration, and the live foreign keys by their names", async () => {
      const enums = await query(`
        select typname as name, array_agg(enumlabel::text order by enumsortorder) as values
        from pg_enum join pg_type t on t.oid = enumtypid where typnamespace = 'public'::regnamespace group by 1`);
      expect(sorted(contract.enums.map(({ name, values }) => ({ name, values })))).toEqual(sorted(enums));
      const keys = await query(`
        select conname as name, conrelid::regclass::text as table, confrelid::regclass::text as referenced
        from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`);
      const described = contract.tables.flatMap(({ name: table, foreignKeys }) =>
        foreignKeys.map(({ name, referencedTable }) => ({ name, table, referenced: referencedTable })),
      );
      expect(sorted(described)).toEqual(sorted(keys));
    });

    it("let users and the service role write what they are granted, and nothing else", async () => {
      for (const { name, columns, forUsers, forService } of contract.tables) {
        for (const [role, reach] of [
          ["authenticated", forUsers],
          ["service_role", forService],
        ] as const) {
          for (const privilege of ["select", "insert", "update"] as const) {
            const granted = await query(
              `select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
                and has_column_privilege($2, attrelid, attnum, $3)`,
              [`public.${name}`, role, privilege],
            );
            const live = granted.map(({ attname }) => attname).sort();
            expect([name, role, privilege, [...(reach?.[privilege] ?? [])].sort()]).toEqual([
              name,
              role,
              privilege,
              live,
            ]);
          }
        }
        expect(columns.length).toBeGreaterThan(0);
      }
    });
  });
}

function describePrisma({ request }: Application): void {
  describe("the Prisma client", () => {
    /** As a hot reload does: the module is evaluated anew. */
    const open = async () => {
      vi.resetModules();
      return (await load<{ prisma: Prisma }>("contract/clients/prisma.ts")).prisma;
    };

    it("writes rows that their people then see, and is one client through every hot reload", async () => {
      const prisma = await open();
      const data = { userId: "test-user-123", organizationId: "red", title: "Welcome", message: "Hello" };
      const { id } = await prisma.notification.create({ data });
      const sql = "select title from public.notifications where id = $1";
      expect(await request({ user: "test-user-123", sql, values: [id] })).toMatchObject({
        rows: [{ title: "Welcome" }],
      });
      expect(await request({ user: "red-owner", sql, values: [id] })).toMatchObject({ rows: [] });
      await prisma.notification.delete({ where: { id } });

      expect(await open()).toBe(prisma);
      await prisma.$disconnect();
      delete (globalThis as { palisadePrisma?: unknown }).palisadePrisma;
    });

    it("is a new one for each process in production", async () => {
      vi.stubEnv("NODE_ENV", "production");
      await open();
      expect(globalThis).not.toHaveProperty("palisadePrisma");
    });
  });
}

function sorted<Row extends object>(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort((left, right) => (JSON.stringify(key(left)) < JSON.stringify(key(right)) ? -1 : 1));
}

function key(row: object): unknown[] {
  const { table, column, name } = row as { table?: unknown; column?: unknown; name?: unknown };
  return [table, column, name];
}
