import { onTestFinished } from "vitest";
import { load } from "./contract-application.ts";
import { anonToken } from "./contract-environment.ts";
import type { RestProject } from "./rest-project.ts";
import { inSeconds } from "./tokens.ts";

/** What the tests use of supabase-js themselves. */
export interface SupabaseClient {
  getChannels(): readonly unknown[];
  readonly realtime: { disconnect(): unknown };
}

/** The real supabase-js of the application's dependencies, signed in by a token and connected to the test's server. */
export async function createSupabaseClient(
  server: { readonly url: string },
  token = anonToken,
): Promise<SupabaseClient> {
  const { createClient } = await load<{ createClient(url: string, key: string, options: object): SupabaseClient }>(
    "node_modules/@supabase/supabase-js/dist/index.mjs",
  );
  const { default: transport } = await load<{ default: unknown }>("node_modules/ws/wrapper.mjs");
  const client = createClient(server.url, anonToken, {
    accessToken: async () => token,
    realtime: { transport, disconnectOnEmptyChannelsAfterMs: 50, reconnectAfterMs: () => 50, timeout: 3_000 },
  });
  onTestFinished(() => void client.realtime.disconnect());
  return client;
}

/** The cookie in which @supabase/ssr keeps a session, of a project at this address. */
export function sessionCookie({ tokenOf }: RestProject, user: string) {
  const session = {
    access_token: tokenOf(user),
    refresh_token: "r",
    expires_at: inSeconds(3600),
    user: { id: user },
  };
  const value = `base64-${Buffer.from(JSON.stringify(session)).toString("base64url")}`;
  return { name: "sb-127-auth-token", value };
}
