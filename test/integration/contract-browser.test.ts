import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { load, prepareApplication } from "../support/contract-application.ts";
import { createSupabaseClient, type SupabaseClient } from "../support/contract-client.ts";
import { anonToken, completeEnvironment } from "../support/contract-environment.ts";
import { RealtimeServer } from "../support/realtime-server.ts";
import { waitFor } from "../support/wait-for.ts";

/** What the tests use of React and of happy-dom, which are the application's. */
interface React {
  createElement(type: unknown, properties?: object, ...children: unknown[]): unknown;
  readonly StrictMode: unknown;
}
interface ReactDom {
  createRoot(container: unknown): { render(element: unknown): void; unmount(): void };
}
interface HooksModule {
  useOrganizationPresence(
    topic: object,
    me: object | undefined,
    client: unknown,
  ): { online: readonly { userId: string }[]; error?: Error };
}
interface BrowserModule {
  getBrowserClient(): {
    readonly auth: {
      readonly storage: { setItem(key: string, value: string): Promise<void> };
      initialize(): Promise<unknown>;
      stopAutoRefresh(): Promise<void>;
    };
  };
}
interface ChannelsModule {
  joinOrganizationPresence(topic: object, options: object, client: unknown): { leave(): Promise<void> };
}

describe("the contract in a browser", () => {
  let server: RealtimeServer;
  let react: React;
  let dom: ReactDom;
  let hooks: HooksModule;
  let channels: ChannelsModule;
  let page: { readonly document: { readonly body: unknown; cookie: string } };
  beforeAll(async () => {
    await prepareApplication();
    for (const [name, value] of Object.entries(completeEnvironment)) vi.stubEnv(name, value);
    const { Window } = await load<{ Window: new (options: object) => typeof page }>(
      "node_modules/happy-dom/lib/index.js",
    );
    page = new Window({ url: "http://localhost:3000" });
    vi.stubGlobal("window", page);
    vi.stubGlobal("document", page.document);
    ({ default: react } = await load<{ default: React }>("node_modules/react/index.js"));
    ({ default: dom } = await load<{ default: ReactDom }>("node_modules/react-dom/client.js"));
    hooks = await load<HooksModule>("contract/channels-react.ts");
    channels = await load<ChannelsModule>("contract/channels.ts");
    server = await RealtimeServer.start();
  });
  let root: ReturnType<ReactDom["createRoot"]>;
  let client: SupabaseClient;
  beforeEach(async () => {
    root = dom.createRoot(page.document.body);
    client = await createSupabaseClient(server);
  });
  afterEach(async () => {
    root.unmount();
    await waitFor(() => expect([client.getChannels(), server.topics, server.connections]).toEqual([[], [], 0]));
    server.received.length = 0;
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
    await server?.close();
  });

  const seen: string[] = [];
  function Online({ organizationId, me }: { readonly organizationId: string; readonly me?: object }) {
    const { online, error } = hooks.useOrganizationPresence({ organizationId }, me, client);
    seen.push(error ? error.message : online.map((person) => Object.values(person).join(" ")).join(", "));
    return null;
  }
  const render = (properties: Parameters<typeof Online>[0]) =>
    root.render(react.createElement(react.StrictMode, {}, react.createElement(Online, properties)));
  const shows = (text: string | RegExp) => waitFor(() => expect(seen.at(-1)).toMatch(text));
  const joins = () => server.received.filter(({ event }) => event === "phx_join").length;

  it("shows who is online with React's hook, which joins once however often its component renders", async () => {
    render({ organizationId: "o1", me: { userId: "ada", status: "here" } });
    await shows(/^ada here$/);
    const onChange = vi.fn();
    const other = await createSupabaseClient(server);
    const presence = channels.joinOrganizationPresence(
      { organizationId: "o1" },
      { me: { userId: "bob" }, onChange },
      other,
    );
    await shows(/^ada here, bob$/);
    render({ organizationId: "o1", me: { userId: "ada", status: "here" } });
    render({ organizationId: "o1", me: { userId: "ada", status: "away" } });
    await shows(/^ada away, bob$/);
    expect(joins()).toBe(2);

    root.render(null);
    await waitFor(() => expect(onChange).toHaveBeenLastCalledWith([{ userId: "bob" }]));
    await presence.leave();
  });

  it("shows nobody of another organisation, from the moment that it is another", async () => {
    render({ organizationId: "o1", me: { userId: "ada" } });
    await shows(/^ada$/);
    seen.length = 0;
    render({ organizationId: "o2" });
    await waitFor(() => expect(server.topics).toEqual(["realtime:organization:o2"]));
    expect(new Set(seen)).toEqual(new Set([""]));
  });

  it("shows why presence is refused", async () => {
    server.refuse("realtime:organization:o3");
    render({ organizationId: "o3" });
    await shows(/Unauthorized/);
    server.allow("realtime:organization:o3");
  });

  it("has one client, which keeps its session in cookies", async () => {
    const { getBrowserClient } = await load<BrowserModule>("contract/clients/browser.ts");
    const browserClient = getBrowserClient();
    expect(getBrowserClient()).toBe(browserClient);
    expect(browserClient).toMatchObject({ supabaseKey: completeEnvironment.NEXT_PUBLIC_SUPABASE_ANON_KEY });
    const session = {
      access_token: anonToken,
      refresh_token: "refresh",
      expires_in: 3600,
      token_type: "bearer",
      user: {},
    };
    await browserClient.auth.storage.setItem("session", JSON.stringify(session));
    expect(page.document.cookie).toMatch(/^session(\.0)?=base64-/);
    // It looks at the session from time to time, for as long as there is a page.
    await browserClient.auth.initialize();
    await browserClient.auth.stopAutoRefresh();
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
});
