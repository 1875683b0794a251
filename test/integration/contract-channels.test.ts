import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { load, prepareApplication } from "../support/contract-application.ts";
import { createSupabaseClient } from "../support/contract-client.ts";
import { completeEnvironment, serviceToken } from "../support/contract-environment.ts";
import { RealtimeServer } from "../support/realtime-server.ts";
import { waitFor } from "../support/wait-for.ts";

interface Membership {
  send(event: string, payload: object): Promise<boolean>;
  leave(): Promise<void>;
}
interface Presence {
  show(me: object | undefined): void;
  leave(): Promise<void>;
}
interface ChannelsModule {
  organizationTopic(topic: object): string;
  joinOrganization(topic: object, participant: object, client: unknown): Membership;
  joinOrganizationPresence(topic: object, options: object, client: unknown): Presence;
}

const topic = { organizationId: "o1" };
const joined = "realtime:organization:o1";

describe("channels of the contract, by the real supabase-js to a server of the test's", () => {
  let server: RealtimeServer;
  let channels: ChannelsModule;
  beforeAll(async () => {
    await prepareApplication();
    for (const [name, value] of Object.entries(completeEnvironment)) vi.stubEnv(name, value);
    channels = await load<ChannelsModule>("contract/channels.ts");
    server = await RealtimeServer.start();
  });
  const joinedByTest: { leave(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(joinedByTest.splice(0).map((each) => each.leave()));
    await waitFor(() => expect([server.topics, server.connections]).toEqual([[], 0]));
    server.received.length = 0;
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.close();
  });

  const join = async (client: unknown, participant: object = {}) => {
    const onReady = vi.fn<() => void>();
    const membership = channels.joinOrganization(topic, { onReady, ...participant }, client);
    joinedByTest.push(membership);
    await waitFor(() => expect(onReady).toHaveBeenCalled());
    return { ...membership, onReady };
  };
  const appear = (client: unknown, me?: object) => {
    const onChange = vi.fn<(online: readonly object[]) => void>();
    const presence = channels.joinOrganizationPresence(topic, { me, onChange, onError: () => undefined }, client);
    joinedByTest.push(presence);
    const sees = (...people: readonly object[]) =>
      waitFor(() => expect(onChange.mock.lastCall?.[0] ?? []).toEqual(people));
    return { ...presence, onChange, sees };
  };
  const events = () => server.received.filter(({ event }) => event !== "access_token").map(({ event }) => event);

  it("are private, have the name that policies look for, and are joined with the user's token", async () => {
    expect(channels.organizationTopic(topic)).toBe("organization:o1");
    await join(await createSupabaseClient(server, serviceToken));
    expect(server.topics).toEqual([joined]);
    expect(server.joinOf(joined)).toMatchObject({ access_token: serviceToken, config: { private: true } });
  });

  it("carry what somebody sends to everybody else", async () => {
    const heard: unknown[] = [];
    const onBroadcast = (event: string, payload: unknown) => heard.push([event, payload]);
    const first = await join(await createSupabaseClient(server), { onBroadcast });
    await join(await createSupabaseClient(server), { onBroadcast });
    expect(await first.send("wave", { from: "Ada" })).toBe(true);
    await waitFor(() => expect(heard).toEqual([["wave", { from: "Ada" }]]));
    await first.leave();
    expect(await first.send("wave", { from: "Ada" })).toBe(false);
  });

  it("are one channel for all parts of a page, which the last one to leave closes", async () => {
    const client = await createSupabaseClient(server);
    const [first, second] = [await join(client), await join(client)];
    const presence = appear(client, { userId: "u1" });
    await presence.sees({ userId: "u1" });
    expect(client.getChannels()).toHaveLength(1);
    expect(events()).toEqual(["phx_join", "presence"]);
    await first.leave();
    await presence.leave();
    expect(server.topics).toEqual([joined]);
    await second.leave();
    expect(client.getChannels()).toEqual([]);
  });

  it("can be joined again at once, as React's strict mode does", async () => {
    const client = await createSupabaseClient(server);
    const first = await join(client);
    void first.leave();
    const heard: string[] = [];
    const second = await join(client, { onBroadcast: (event: string) => heard.push(event) });
    await waitFor(() => expect(server.topics).toEqual([joined]));
    await (await join(await createSupabaseClient(server))).send("wave", {});
    await waitFor(() => expect(heard).toEqual(["wave"]));
    await second.leave();
  });

  it("tell in the server's words that a policy refuses, and are joined once it does not", async () => {
    server.refuse(joined);
    const onError = vi.fn<(error: Error) => void>();
    const onReady = vi.fn<() => void>();
    const membership = channels.joinOrganization(topic, { onReady, onError }, await createSupabaseClient(server));
    await waitFor(() => expect(onError).toHaveBeenCalled());
    expect(onError.mock.calls[0]?.[0].message).toMatch(/Unauthorized: You do not have permissions/);
    server.allow(joined);
    await waitFor(() => expect(onReady).toHaveBeenCalled());
    await membership.leave();
  });

  it("tell when the server closes them, and the next one to join opens them anew", async () => {
    const client = await createSupabaseClient(server);
    const onError = vi.fn<(error: Error) => void>();
    await join(client, { onError });
    server.closeTopic(joined);
    await waitFor(() => expect(onError).toHaveBeenCalledOnce());
    await join(client);
    expect(server.topics).toEqual([joined]);
  });

  it("show who is online, each person once, until they leave or their connection is lost", async () => {
    const [ada, bob, eve] = await Promise.all([1, 2, 3].map(() => createSupabaseClient(server)));
    const first = appear(ada, { userId: "ada", page: "tasks" });
    await first.sees({ userId: "ada", page: "tasks" });
    const second = appear(bob, { userId: "bob" });
    const otherTab = appear(eve, { userId: "bob" });
    await first.sees({ userId: "ada", page: "tasks" }, { userId: "bob" });
    await second.sees({ userId: "ada", page: "tasks" }, { userId: "bob" });
    await second.leave();
    await waitFor(() => expect(server.connections).toBe(2));
    await first.sees({ userId: "ada", page: "tasks" }, { userId: "bob" });
    await otherTab.leave();
    await first.sees({ userId: "ada", page: "tasks" });
    const calls = second.onChange.mock.calls.length;
    await first.leave();
    expect(second.onChange).toHaveBeenCalledTimes(calls);
  });

  it("show what somebody changes of themselves, and nobody who only looks or hides", async () => {
    const looking = appear(await createSupabaseClient(server));
    const shown = appear(await createSupabaseClient(server), { userId: "ada", status: "here" });
    await looking.sees({ userId: "ada", status: "here" });
    shown.show({ userId: "ada", status: "away" });
    await looking.sees({ userId: "ada", status: "away" });
    shown.show(undefined);
    await looking.sees();
    shown.show({ userId: "ada", status: "back" });
    await looking.sees({ userId: "ada", status: "back" });
  });

  it("show again whoever comes back after the connection was lost", async () => {
    const shown = appear(await createSupabaseClient(server), { userId: "ada" });
    await shown.sees({ userId: "ada" });
    server.disconnect();
    await waitFor(() => expect(events().filter((event) => event === "presence")).toHaveLength(2));
    await appear(await createSupabaseClient(server)).sees({ userId: "ada" });
  });

  it("show whoever is online to a part of the page that joins later", async () => {
    const client = await createSupabaseClient(server);
    const first = appear(client, { userId: "ada" });
    await first.sees({ userId: "ada" });
    const second = appear(client);
    await second.sees({ userId: "ada" });
    await first.leave();
    await second.sees();
  });
});
