import { randomBytes } from "node:crypto";
import { Agent, createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { publishableKey, secretKey } from "./contract-environment.ts";
import { startPostgrest } from "./postgrest.ts";
import type { TestDatabase } from "./test-server.ts";
import { createSigningKey, inSeconds } from "./tokens.ts";

export interface RestRequest {
  readonly method?: "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below /rest/v1/, with its query. */
  readonly path: string;
  /** Undefined: only with the publishable key. */
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly prefer?: string;
  /** Default: `public`. */
  readonly schema?: string;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A Supabase project's API for rows: a real PostgREST on a provisioned database. */
export interface RestProject {
  readonly url: string;
  /** What each request named as its path, in order. */
  readonly requests: readonly string[];
  /** Signs a token, as the platform's Auth server does. */
  readonly sign: (claims: object) => string;
  /** By which everybody may verify a token. */
  readonly publicKeys: string;
  /** The token of somebody who is signed in. */
  readonly tokenOf: (user: string | undefined) => string;
  readonly ask: (request: RestRequest) => Promise<RestAnswer>;
  close(): Promise<void>;
}

/**
 * Starts PostgREST as a hosted project has it: connected as `authenticator`, with the schemas that are exposed there. Before it stands a
 * gateway of the tests' own, which does what they need of the platform's: it leads /rest/v1 to PostgREST, takes each new API key for a token of its role, and
 * publishes the key by which tokens are verified.
 */
export async function startRestProject({ superuserUrl }: TestDatabase): Promise<RestProject> {
  const { publicKeys, sign } = createSigningKey();
  const postgrest = await startPostgrest(await openAuthenticator(superuserUrl), publicKeys);
  const roles = new Map([
    [publishableKey, sign({ role: "anon" })],
    [secretKey, sign({ role: "service_role" })],
  ]);
  const requests: string[] = [];
  const agent = new Agent({ keepAlive: true });
  const gateway = createServer((incoming, outgoing) => {
    const { method, url = "", headers } = incoming;
    requests.push(`${method} ${url}`);
    if (url === "/auth/v1/.well-known/jwks.json") {
      outgoing.setHeader("content-type", "application/json").end(publicKeys);
      return;
    }
    const prefix = "/rest/v1/";
    if (!url.startsWith(prefix)) {
      outgoing.writeHead(404).end();
      return;
    }
    const token = headers.authorization?.replace(/^Bearer /, "") ?? String(headers.apikey);
    const onward = forward(
      {
        agent,
        socketPath: postgrest.socket,
        method,
        path: url.slice(prefix.length - 1),
        headers: { ...headers, authorization: `Bearer ${roles.get(token) ?? token}` },
      },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
      },
    );
    onward.on("error", (error) => outgoing.writeHead(502).end(error.message));
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    sign,
    publicKeys,
    tokenOf: (user) => {
      const email = user ? `${user}@example.com` : undefined;
      return sign({ role: "authenticated", aud: "authenticated", sub: user, email, exp: inSeconds(3600) });
    },
    async ask({ method = "GET", path, token = publishableKey, body, prefer, schema }) {
      const response = await fetch(`${url}/rest/v1/${path}`, {
        method,
        headers: {
          apikey: publishableKey,
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(schema === undefined ? {} : { "accept-profile": schema }),
          ...(prefer === undefined ? {} : { prefer }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === "" ? undefined : JSON.parse(text),
      };
    },
    async close() {
      gateway.closeAllConnections();
      await new Promise((resolve) => gateway.close(resolve));
      agent.destroy();
      await postgrest.stop();
    },
  };
}

/** Gives the role that PostgREST connects as a password, and says how to connect. */
async function openAuthenticator(superuserUrl: string): Promise<string> {
  const password = randomBytes(12).toString("base64url");
  const client = new pg.Client(superuserUrl);
  await client.connect();
  try {
    await client.query(`alter role authenticator password ${pg.escapeLiteral(password)}`);
  } finally {
    await client.end();
  }
  const url = new URL(superuserUrl);
  url.username = "authenticator";
  url.password = password;
  return url.href;
}
