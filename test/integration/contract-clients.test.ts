import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { load, prepareApplication } from "../support/contract-application.ts";
import { createSupabaseClient } from "../support/contract-client.ts";
import { anonToken, completeEnvironment } from "../support/contract-environment.ts";
import { startStorageStandIn } from "../support/storage-stand-in.ts";
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
      "A file of type text/html is not accepted; image/gif, image/jpeg, image/png, image/webp are",
    ]);
    expect(avatarsBucket.check(file(1, ""))).toHaveLength(1);
    expect(attachmentsBucket.check(file(50_000_000, "text/plain;charset=UTF-8"))).toEqual([]);
    expect(attachmentsBucket.check(file(50_000_001, "application/x-msdownload"))).toHaveLength(2);
    expect(publicAssetsBucket.check(file(10_000_000, "application/pdf"))).toEqual([]);
  });

  it("send a file that they take, and nothing of one that they would not", async () => {
    const { attachmentsBucket } = await loadBuckets();
    const storage = await startStorageStandIn({
      "POST /storage/v1/object/attachments/red/plan.pdf": { Id: "1", Key: "attachments/red/plan.pdf" },
      "POST /storage/v1/object/sign/attachments/red/plan.pdf": {
        signedURL: "/object/sign/attachments/red/plan.pdf?token=t",
      },
      "DELETE /storage/v1/object/attachments": [{ name: "red/plan.pdf" }],
    });
    const client = await createSupabaseClient(storage);
    const path = attachmentsBucket.path({ organizationId: "red" }, "plan.pdf");
    const refused = attachmentsBucket.upload(client, path, new Blob(["<script>"], { type: "text/html" }));
    await expect(refused).rejects.toMatchObject({
      name: "FileRefusedError",
      problems: [expect.stringMatching(/text\/html/)],
    });
    expect(storage.requests).toEqual([]);

    const file = new Blob(["%PDF"], { type: "application/pdf" });
    expect(await attachmentsBucket.upload(client, path, file, { upsert: true })).toBe(path);
    expect(storage.requests[0]).toMatchObject({
      headers: { authorization: `Bearer ${anonToken}`, "x-upsert": "true" },
    });
    expect(storage.requests[0]?.body).toMatch(/Content-Type: application\/pdf\r\n\r\n%PDF/);
    expect(await attachmentsBucket.signedUrl(client, path, { expiresIn: 60 })).toBe(
      `${storage.url}/storage/v1/object/sign/attachments/red/plan.pdf?token=t`,
    );
    expect(storage.requests[1]?.body).toBe('{"expiresIn":60}');
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
    const { createServiceClient } = await loadFor<{ createServiceClient(): unknown }>(
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
