import { cpSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PrismaPg } from "@prisma/adapter-pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateClient } from "../../../../infra/prisma/client.ts";
import type { Application } from "../../../support/application.ts";
import { uuid } from "./people.ts";

/** What the test uses of the generated client, which a fresh checkout does not have and the compiler therefore cannot see. */
interface Client {
  readonly notification: {
    create(query: object): Promise<Readonly<Record<string, unknown>>>;
    delete(query: object): Promise<unknown>;
  };
  $transaction(work: (client: Transaction) => Promise<void>): Promise<void>;
  $disconnect(): Promise<void>;
}

interface Transaction {
  readonly organizationMember: { create(query: object): Promise<Readonly<Record<string, unknown>>> };
  readonly task: {
    create(query: object): Promise<Readonly<Record<string, unknown>>>;
    update(query: object): Promise<Readonly<Record<string, unknown>>>;
  };
  $executeRawUnsafe(sql: string): Promise<unknown>;
}

/** The application's server writes through Prisma's own client; its users read through the API. */
export function describePrisma({ stack, connectionString, request }: Application): void {
  describe("Prisma's own client", () => {
    let prisma: Client;
    beforeAll(async () => {
      // A copy, since other tests generate the repository's own client at the same time.
      const folder = join(stack().folder, "client");
      cpSync("prisma/schema.prisma", join(folder, "schema.prisma"));
      await generateClient({ schema: join(folder, "schema.prisma") });
      const { PrismaClient } = (await import(pathToFileURL(join(folder, "generated/client.ts")).href)) as {
        PrismaClient: new (options: object) => Client;
      };
      prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: connectionString() }) });
    });
    afterAll(async () => {
      await prisma?.$disconnect();
    });

    it("writes as a user, where an application lets it: it sends no column that the database gives", async () => {
      const undone = new Error("undone");
      const work = prisma.$transaction(async (client) => {
        await client.$executeRawUnsafe(`select set_config('request.jwt.claims', '{"sub": "test-user-123"}', true)`);
        await client.$executeRawUnsafe("set local role authenticated");
        const { id, createdAt } = await client.task.create({
          data: { organizationId: "red", projectId: "red-project", title: "T", assigneeId: "test-user-123" },
        });
        expect(await client.task.update({ where: { id }, data: { title: "U" } })).toMatchObject({
          title: "U",
          createdAt,
          updatedAt: createdAt,
        });
        throw undone;
      });
      await expect(work).rejects.toBe(undone);
    });

    it("accepts an invitation as a user, and reads the membership that it made", async () => {
      const undone = new Error("undone");
      const work = prisma.$transaction(async (client) => {
        const claims = JSON.stringify({ sub: "invited", email: "invited@example.com" });
        await client.$executeRawUnsafe(`select set_config('request.jwt.claims', '${claims}', true)`);
        await client.$executeRawUnsafe("set local role authenticated");
        const made = await client.organizationMember.create({ data: { organizationId: "red", role: "MEMBER" } });
        expect(made).toMatchObject({ userId: "invited", organizationId: "red", role: "MEMBER" });
        throw undone;
      });
      await expect(work).rejects.toBe(undone);
    });

    it.each([
      ["test-user-123", "red", uuid],
      [uuid, "blue", "test-user-123"],
    ])(
      "creates a notification that %s sees, and marks as read, and nobody else",
      async (userId, organizationId, other) => {
        const { id, ...created } = await prisma.notification.create({
          data: { userId, organizationId, title: "Welcome", message: "This is a test" },
        });
        try {
          expect(created).toMatchObject({ type: "INFO", read: false, title: "Welcome" });
          const sql = "select title, type, read from public.notifications where id = $1";
          const read = "update public.notifications set read = true where id = $1";
          const seen = await request({ user: userId, sql, values: [id] });
          expect(seen.rows).toEqual([{ title: "Welcome", type: "INFO", read: false }]);
          expect(await request({ user: userId, sql: read, values: [id] })).toMatchObject({ count: 1 });
          for (const user of [other, "red-owner", "blue-owner", "in-both", "former", undefined]) {
            expect(await request({ user, sql, values: [id] })).toMatchObject({ rows: [] });
            expect(await request({ user, sql: read, values: [id] })).toMatchObject({ count: 0 });
          }
        } finally {
          await prisma.notification.delete({ where: { id } });
        }
      },
    );
  });
}
