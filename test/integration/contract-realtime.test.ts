import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { load, prepareApplication } from "../support/contract-application.ts";
import { createSupabaseClient } from "../support/contract-client.ts";
import { completeEnvironment, serviceToken } from "../support/contract-environment.ts";
import { RealtimeServer } from "../support/realtime-server.ts";
import { waitFor } from "../support/wait-for.ts";

type Subscribe = (filter: object, handlers: object, client: unknown) => { unsubscribe(): Promise<void> };
type RealtimeModule = Readonly<Record<string, Subscribe>>;

describe("subscriptions of the contract, by the real supabase-js to a server of the test's", () => {
  let server: RealtimeServer;
  let realtime: RealtimeModule;
  beforeAll(async () => {
    await prepareApplication();
    for (const [name, value] of Object.entries(completeEnvironment)) vi.stubEnv(name, value);
    realtime = await load<RealtimeModule>("contract/realtime.ts");
    server = await RealtimeServer.start();
  });
  afterEach(async () => {
    await waitFor(() => expect([server.topics, server.connections]).toEqual([[], 0]));
    server.received.length = 0;
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.close();
  });

  const subscribe = async (name: string, filter: object, handlers: object, client: unknown) => {
    const onReady = vi.fn<() => void>();
    const subscription = realtime[name]?.(filter, { onReady, ...handlers }, client);
    if (subscription === undefined) throw new Error(`there is no ${name}`);
    await waitFor(() => expect(onReady).toHaveBeenCalled());
    return { ...subscription, onReady };
  };
  const joins = () => server.received.filter(({ event }) => event === "phx_join").map(({ payload }) => payload);

  it.each([
    ["subscribeToTasks", { projectId: "p1" }, "tasks", "project_id=eq.p1"],
    ["subscribeToCustomers", { organizationId: "o1" }, "customers", "organization_id=eq.o1"],
    ["subscribeToProjects", { organizationId: "o1" }, "projects", "organization_id=eq.o1"],
    ["subscribeToNotifications", { userId: "test-user-123" }, "notifications", "user_id=eq.test-user-123"],
  ])("%s(%o) asks for %s with %s", async (name, filter, table, asked) => {
    const client = await createSupabaseClient(server);
    const handlers = { onInsert: () => undefined, onUpdate: () => undefined, onDelete: () => undefined };
    const subscription = await subscribe(name, filter, handlers, client);
    expect(joins()).toMatchObject([
      {
        config: {
          postgres_changes: [
            { event: "INSERT", schema: "public", table, filter: asked },
            { event: "UPDATE", schema: "public", table, filter: asked },
            // A deleted row is only its key, so that a filter on another column would never match.
            { event: "DELETE", schema: "public", table },
          ],
        },
      },
    ]);
    expect(JSON.stringify(joins())).toContain(`{"schema":"public","table":"${table}","event":"DELETE"}`);
    await subscription.unsubscribe();
  });

  it("tell rows as the database has them, of a deleted one the key, and nothing of other rows", async () => {
    const client = await createSupabaseClient(server);
    const told: unknown[] = [];
    const handlers = {
      onInsert: (row: unknown) => told.push(["inserted", row]),
      onUpdate: (row: unknown) => told.push(["updated", row]),
      onDelete: (key: unknown) => told.push(["deleted", key]),
    };
    const subscription = await subscribe("subscribeToTasks", { projectId: "p1" }, handlers, client);
    const task = { id: "t1", project_id: "p1", title: "Plan" };
    server.change({ type: "INSERT", table: "tasks", record: { ...task, project_id: "p2" } });
    server.change({ type: "INSERT", table: "projects", record: { id: "p1" } });
    server.change({ type: "INSERT", table: "tasks", record: task });
    server.change({ type: "UPDATE", table: "tasks", record: { ...task, title: "Plan B" }, old: { id: "t1" } });
    server.change({ type: "DELETE", table: "tasks", old: { id: "t1" } });
    await waitFor(() => expect(told).toHaveLength(3));
    expect(told).toEqual([
      ["inserted", task],
      ["updated", { ...task, title: "Plan B" }],
      ["deleted", { id: "t1" }],
    ]);
    await subscription.unsubscribe();
  });

  it("ask only for what somebody handles, and with the user's token", async () => {
    const client = await createSupabaseClient(server, serviceToken);
    const subscription = await subscribe(
      "subscribeToTasks",
      { projectId: "p1" },
      { onDelete: () => undefined },
      client,
    );
    expect(joins()).toMatchObject([
      { access_token: serviceToken, config: { postgres_changes: [{ event: "DELETE" }] } },
    ]);
    await subscription.unsubscribe();
  });

  it("cannot be widened by what stands in an identifier", async () => {
    const client = await createSupabaseClient(server);
    const subscription = await subscribe(
      "subscribeToTasks",
      { projectId: 'x,id=neq."' },
      { onInsert: () => undefined },
      client,
    );
    expect(joins()).toMatchObject([{ config: { postgres_changes: [{ filter: 'project_id=eq."x,id=neq.\\""' }] } }]);
    await subscription.unsubscribe();
  });

  it("leave nothing behind when they end: no topic, no channel, no connection, no call", async () => {
    const client = await createSupabaseClient(server);
    const onInsert = vi.fn();
    const first = await subscribe("subscribeToTasks", { projectId: "p1" }, { onInsert }, client);
    const second = await subscribe("subscribeToTasks", { projectId: "p1" }, { onInsert }, client);
    expect(server.topics).toHaveLength(2);
    server.change({ type: "INSERT", table: "tasks", record: { id: "t1", project_id: "p1" } });
    await waitFor(() => expect(onInsert).toHaveBeenCalledTimes(2));

    const ended = first.unsubscribe();
    server.change({ type: "INSERT", table: "tasks", record: { id: "t2", project_id: "p1" } });
    await ended;
    await waitFor(() => expect(onInsert).toHaveBeenCalledTimes(3));
    expect(client.getChannels()).toHaveLength(1);
    await second.unsubscribe();
    await second.unsubscribe();
    expect(client.getChannels()).toEqual([]);
    await waitFor(() => expect(server.connections).toBe(0));
    expect(onInsert).toHaveBeenCalledTimes(3);
  });

  it("leave nothing behind when they end before they began", async () => {
    const client = await createSupabaseClient(server);
    const onReady = vi.fn();
    const subscription = realtime.subscribeToTasks?.({ projectId: "p1" }, { onReady }, client);
    await subscription?.unsubscribe();
    expect([onReady.mock.calls, client.getChannels(), server.connections]).toEqual([[], [], 0]);
  });

  it("begin again after the connection was lost, and say so", async () => {
    const client = await createSupabaseClient(server);
    const onInsert = vi.fn();
    const subscription = await subscribe(
      "subscribeToTasks",
      { projectId: "p1" },
      { onInsert, onError: () => undefined },
      client,
    );
    server.disconnect();
    await waitFor(() => expect(subscription.onReady).toHaveBeenCalledTimes(2));
    server.change({ type: "INSERT", table: "tasks", record: { id: "t1", project_id: "p1" } });
    await waitFor(() => expect(onInsert).toHaveBeenCalledOnce());
    await subscription.unsubscribe();
  });

  it("tell when a row did not come whole, instead of passing it on", async () => {
    const client = await createSupabaseClient(server);
    const [onInsert, onError] = [vi.fn(), vi.fn()];
    const subscription = await subscribe("subscribeToTasks", { projectId: "p1" }, { onInsert, onError }, client);
    const record = { project_id: "p1" };
    server.change({ type: "INSERT", table: "tasks", record, errors: ["Error 413: Payload Too Large"] });
    await waitFor(() => expect(onError).toHaveBeenCalledOnce());
    expect(onError.mock.calls[0]).toMatchObject([
      { message: "A change of tasks is incomplete: Error 413: Payload Too Large" },
    ]);
    expect(onInsert).not.toHaveBeenCalled();
    await subscription.unsubscribe();
  });
});
