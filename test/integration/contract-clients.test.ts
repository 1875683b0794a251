import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { load, prepareApplication } from "../support/contract-application.ts";
import { createSupabaseClient } from "../support/contract-client.ts";
import { anonToken, completeEnvironment, secretKey } from "../support/contract-environment.ts";
import { startHttpProject } from "../support/http-project.ts";
import { waitFor } from "../support/wait-for.ts";

interface Bucket {
  readonly allowedMimeTypes: readonly string[];
  path(owner: object, ...rest: string[]): string;
  parsePath(text: string): string;
  check(file: Blob): readonly string[];
  upload(client: unknown, path: string, file: Blob, options?: object): Promise<string>;
  download(client: unknown, path: string): Promise<Blob>;
  remove(client: unknown, paths: readonly string[]): Promise<readonly string[]>;
  signedUrl(client: unknown, path: string, options: object): Promise<string>;
  publicUrl(client: unknown, path: string): string;
}
interface StorageModule {
  readonly attachmentsBucket: Bucket;
  readonly avatarsBucket: Bucket;
  readonly publicAssetsBucket: Bucket;
  toFileName(name: string): string;
}
interface Cookie {
  readonly name: string;
  readonly value: string;
}
interface Client {
  from(table: string): { select(): PromiseLike<unknown> };
  readonly auth: { getSession(): Promise<{ data: { session: unknown } }> };
  readonly storage: unknown;
}

beforeAll(prepareApplication);
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Loads a module of the contract for a project of the test's. */
async function loadFor<Module>(path: string, url: string): Promise<Module> {
  for (const [name, value] of Object.entries({ ...completeEnvironment, NEXT_PUBLIC_SUPABASE_URL: url }))
    vi.stubEnv(name, value);
  vi.resetModules();
  return load<Module>(path);
}

describe("the contract's buckets", () => {
  const loadBuckets = () => load<StorageModule>("contract/storage.ts");

  it("build paths that begin with whose they are", async () => {
    const { attachmentsBucket, avatarsBucket } = await loadBuckets();
    expect(attachmentsBucket.path({ organizationId: "red" }, "2026", "plan.pdf")).toBe("red/2026/plan.pdf");
    expect(avatarsBucket.path({ userId: "test-user-123" }, "me.png")).toBe("test-user-123/me.png");
    expect(attachmentsBucket.parsePath("red/2026/plan.pdf")).toBe("red/2026/plan.pdf");
  });

  it.each([
    [{ organizationId: "" }, "plan.pdf", /organizationId has an empty part/],
    [{}, "plan.pdf", /organizationId has an empty part/],
    [{ organizationId: "red/blue" }, "plan.pdf", /organizationId holds a slash/],
    [{ organizationId: ".." }, "plan.pdf", /organizationId can't be "\.\."/],
    [{ organizationId: "red" }, "../blue/plan.pdf", /the path holds a slash/],
    [{ organizationId: "red" }, "Übersicht.pdf", /characters that the platform refuses; toFileName/],
    [{ organizationId: "red" }, "what?.pdf", /characters that the platform refuses/],
    [{ organizationId: "red" }, "", /the path has an empty part/],
  ])("build no path of %o and %o", async (owner, name, problem) => {
    const { attachmentsBucket } = await loadBuckets();
    expect(() => attachmentsBucket.path(owner, name)).toThrow(problem);
  });

  it.each(["plan.pdf", "red/", "/plan.pdf", "red//plan.pdf", "red/../blue/plan.pdf", ""])(
    "take %o for no path",
    async (text) => {
      const { attachmentsBucket } = await loadBuckets();
      expect(() => attachmentsBucket.parsePath(text)).toThrow(/In attachments: /);
    },
  );

  it("make names of what people call their files, which a path can hold", async () => {
    const { attachmentsBucket, toFileName } = await loadBuckets();
    expect(toFileName("Übersicht #1.pdf")).toBe("Ubersicht -1.pdf");
    for (const name of ["été 50%.pdf", "../etc/passwd", "..", ".", "", "   ", "灯泡.jpeg", "a\\b\nc?.txt", "🙂"]) {
      expect(attachmentsBucket.path({ organizationId: "red" }, toFileName(name))).toMatch(/^red\/[^/]+$/);
    }
  });

  it("say before an upload what is wrong with a file", async () => {
    const { attachmentsBucket, avatarsBucket, publicAssetsBucket } = await loadBuckets();
    const file = (size: number, type: string) => ({ size, type }) as Blob;
    expect(avatarsBucket.check(file(5_000_000, "image/png"))).toEqual([]);
    expect(avatarsBucket.check(file(5_000_001, "image/png"))).toEqual(["The file has 5.1 MB, and 5 MB is the most"]);
    expect(avatarsBucket.check(file(1, "text/html"))).toEqual([
      "A file of type text/html is not accepted; image/png, image/jpeg, image/webp, image/gif are",
    ]);
    expect(avatarsBucket.check(file(1, ""))).toHaveLength(1);
    expect(attachmentsBucket.check(file(50_000_000, "text/plain;charset=UTF-8"))).toEqual([]);
    expect(attachmentsBucket.check(file(50_000_001, "application/x-msdownload"))).toHaveLength(2);
    expect(publicAssetsBucket.check(file(10_000_000, "application/pdf"))).toEqual([]);
  });

  it("send a file that they take, and nothing of one that they would not", async () => {
    const { attachmentsBucket } = await loadBuckets();
    const project = await startHttpProject({
      "POST /storage/v1/object/attachments/red/plan.pdf": { Id: "1", Key: "attachments/red/plan.pdf" },
      "POST /storage/v1/object/sign/attachments/red/plan.pdf": {
        signedURL: "/object/sign/attachments/red/plan.pdf?token=t",
      },
      "DELETE /storage/v1/object/attachments": [{ name: "red/plan.pdf" }],
    });
    const client = await createSupabaseClient(project);
    const path = attachmentsBucket.path({ organizationId: "red" }, "plan.pdf");
    const refused = attachmentsBucket.upload(client, path, new Blob(["<script>"], { type: "text/html" }));
    await expect(refused).rejects.toMatchObject({
      name: "FileRefusedError",
      problems: [expect.stringMatching(/text\/html/)],
    });
    expect(project.requests).toEqual([]);

    const file = new Blob(["%PDF"], { type: "application/pdf" });
    expect(await attachmentsBucket.upload(client, path, file, { upsert: true })).toBe(path);
    expect(project.requests[0]).toMatchObject({
      headers: { authorization: `Bearer ${anonToken}`, "x-upsert": "true" },
    });
    expect(project.requests[0]?.body).toMatch(/Content-Type: application\/pdf\r\n\r\n%PDF/);
    expect(await attachmentsBucket.signedUrl(client, path, { expiresIn: 60 })).toBe(
      `${project.url}/storage/v1/object/sign/attachments/red/plan.pdf?token=t`,
    );
    expect(project.requests[1]?.body).toBe('{"expiresIn":60}');
    expect(await attachmentsBucket.remove(client, [path])).toEqual(["red/plan.pdf"]);
  });

  it("give public URLs where anybody may fetch, and signed ones elsewhere", async () => {
    const { attachmentsBucket, avatarsBucket } = await loadBuckets();
    const client = await createSupabaseClient({ url: "http://localhost:1" });
    const path = avatarsBucket.path({ userId: "u1" }, "me.png");
    expect(avatarsBucket.publicUrl(client, path)).toBe("http://localhost:1/storage/v1/object/public/avatars/u1/me.png");
    expect(avatarsBucket).not.toHaveProperty("signedUrl");
    expect(attachmentsBucket).not.toHaveProperty("publicUrl");
  });
});

describe("the contract's clients on a server", () => {
  it("act as the user whose session the request's cookies hold", async () => {
    const project = await startHttpProject();
    const { getServerClient } = await loadFor<{ getServerClient(cookies: object): Client }>(
      "contract/clients/server.ts",
      project.url,
    );
    const session = {
      access_token: anonToken,
      refresh_token: "r",
      expires_at: Date.now() / 1000 + 3600,
      user: { id: "u1" },
    };
    const value = `base64-${Buffer.from(JSON.stringify(session)).toString("base64url")}`;
    const cookie: Cookie = { name: "sb-127-auth-token", value };
    const client = getServerClient({ getAll: () => [cookie], set: () => undefined });
    await client.from("tasks").select();
    const key = completeEnvironment.NEXT_PUBLIC_SUPABASE_ANON_KEY;
    expect(project.requests).toMatchObject([
      { line: "GET /rest/v1/tasks?select=*", headers: { apikey: key, authorization: `Bearer ${anonToken}` } },
    ]);
    await getServerClient({ getAll: () => [], set: () => undefined })
      .from("tasks")
      .select();
    expect(project.requests[1]).toMatchObject({ headers: { authorization: `Bearer ${key}` } });
  });

  it("act as the service role, with no session that anybody could inherit", async () => {
    const project = await startHttpProject();
    const { createServiceClient } = await loadFor<{ createServiceClient(): Client }>(
      "contract/clients/service.ts",
      project.url,
    );
    const client = createServiceClient();
    await client.from("tasks").select();
    expect(project.requests).toMatchObject([{ headers: { apikey: secretKey } }]);
    expect((await client.auth.getSession()).data.session).toBeNull();
    expect(createServiceClient()).not.toBe(client);
  });

  it("are not loaded where there is a document", async () => {
    vi.stubGlobal("document", {});
    for (const name of ["service", "server", "prisma"]) {
      await expect(loadFor(`contract/clients/${name}.ts`, "http://localhost:1")).rejects.toThrow(
        /for the server alone/,
      );
    }
    vi.unstubAllGlobals();
  });

  it("say that listening needs a WebSocket where there is none, and only then", async () => {
    vi.stubGlobal("WebSocket", undefined);
    const { createServiceClient } = await loadFor<{ createServiceClient(): Client }>(
      "contract/clients/service.ts",
      "http://localhost:1",
    );
    const { subscribeToTasks } = await load<{
      subscribeToTasks(filter: object, handlers: object, client: unknown): unknown;
    }>("contract/realtime.ts");
    const onError = vi.fn<(error: Error) => void>();
    subscribeToTasks({ projectId: "p1" }, { onInsert: () => undefined, onError }, createServiceClient());
    await waitFor(() => expect(onError).toHaveBeenCalled());
    expect(onError.mock.calls[0]?.[0].message).toMatch(/Node\.js has since version 22/);
    vi.unstubAllGlobals();
  });
});
