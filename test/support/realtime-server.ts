import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { load } from "./contract-application.ts";

/**
 * A server that speaks Supabase Realtime's websocket protocol (Phoenix channels, version 2 of its messages), so far as the contract uses it.
 *
 * It proves what the real supabase-js sends for each call of the contract's, that it understands the answers, and that nothing stays open
 * afterwards. It does not prove that the platform answers so: it asks no policy and reads no write-ahead log, and which rows and keys the
 * platform sends to whom is taken from platform.md. It delivers an event where the filter of a subscription matches what the event holds.
 */
export class RealtimeServer {
  /** Every message that came, as `topic event`, heartbeats left out. */
  readonly received: { readonly topic: string; readonly event: string; readonly payload: Json }[] = [];
  readonly #http: Server;
  readonly #connections = new Set<Connection>();
  readonly #refused = new Set<string>();
  #references = 0;

  private constructor(http: Server) {
    this.#http = http;
  }

  static async start(): Promise<RealtimeServer> {
    const { WebSocketServer } = await load<WebSocketModule>("node_modules/ws/wrapper.mjs");
    const http = createServer();
    const server = new RealtimeServer(http);
    new WebSocketServer({ server: http }).on("connection", (socket) => server.#accept(socket));
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** The topics that are joined, on all connections. */
  get topics(): readonly string[] {
    return [...this.#connections].flatMap(({ memberships }) => [...memberships.keys()]).sort();
  }

  /** What a client sent when it joined a topic, the last time. */
  joinOf(topic: string): Json | undefined {
    return this.received.findLast((message) => message.topic === topic && message.event === "phx_join")?.payload;
  }

  /** Answers joining this topic as the platform does where policies refuse it; undone by `allow`. */
  refuse(topic: string): void {
    this.#refused.add(topic);
  }

  allow(topic: string): void {
    this.#refused.delete(topic);
  }

  /** Tells a change to every subscription whose filter matches what the event holds. */
  change(change: TableChange): void {
    for (const { socket, memberships } of this.#connections) {
      for (const [topic, { changes }] of memberships) {
        const ids = changes.filter((wanted) => matches(wanted, change)).map(({ id }) => id);
        if (ids.length > 0) send(socket, topic, "postgres_changes", { ids, data: describeChange(change) });
      }
    }
  }

  /** Ends every connection, as a lost network would. */
  disconnect(): void {
    for (const { socket } of this.#connections) socket.terminate();
  }

  /** Closes a topic from the server's side. */
  closeTopic(topic: string): void {
    for (const { socket, memberships } of this.#connections) {
      if (memberships.delete(topic)) send(socket, topic, "phx_close", {});
    }
  }

  async close(): Promise<void> {
    this.disconnect();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #accept(socket: Socket): void {
    const connection: Connection = { socket, memberships: new Map() };
    this.#connections.add(connection);
    socket.on("message", (data, isBinary) =>
      this.#handle(connection, isBinary ? decodeBroadcast(data) : parseMessage(data)),
    );
    socket.on("close", () => {
      this.#connections.delete(connection);
      for (const topic of connection.memberships.keys()) this.#leave(connection, topic);
    });
  }

  #handle(connection: Connection, [joinReference, reference, topic, event, payload]: Message): void {
    const reply = (status: string, response: Json = {}) =>
      connection.socket.send(JSON.stringify([joinReference, reference, topic, "phx_reply", { status, response }]));
    if (topic === "phoenix") {
      reply("ok");
      return;
    }
    this.received.push({ topic, event, payload });
    if (event === "phx_join") {
      if (this.#refused.has(topic))
        reply("error", {
          reason: `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`,
        });
      else this.#join(connection, topic, payload, reply);
    } else if (event === "phx_leave") {
      this.#leave(connection, topic);
      reply("ok");
    } else if (event === "presence") {
      const { event: action, payload: presence } = payload as { event: string; payload?: Json };
      this.#track(connection, topic, action === "track" ? presence : undefined);
      reply("ok");
    } else if (event === "broadcast") {
      for (const other of this.#connections) {
        if (other !== connection && other.memberships.has(topic)) send(other.socket, topic, "broadcast", payload);
      }
    }
  }

  #join(connection: Connection, topic: string, payload: Json, reply: (status: string, response?: Json) => void): void {
    const { config } = payload as { config: { postgres_changes: readonly WantedChange[] } };
    const changes = config.postgres_changes.map((wanted) => ({ ...wanted, id: this.#nextReference() }));
    connection.memberships.set(topic, { changes, presence: undefined });
    reply("ok", { postgres_changes: changes });
    const state = [...this.#connections].flatMap(({ memberships }) => memberships.get(topic)?.presence ?? []);
    send(
      connection.socket,
      topic,
      "presence_state",
      Object.fromEntries(state.map(({ key, meta }) => [key, { metas: [meta] }])),
    );
  }

  #leave(connection: Connection, topic: string): void {
    this.#track(connection, topic, undefined);
    connection.memberships.delete(topic);
  }

  #track(connection: Connection, topic: string, presence: Json | undefined): void {
    const membership = connection.memberships.get(topic);
    if (!membership) return;
    const before = membership.presence;
    membership.presence =
      presence === undefined
        ? undefined
        : {
            key: before?.key ?? this.#nextReference(),
            meta: { ...(presence as object), phx_ref: this.#nextReference() },
          };
    if (!before && !membership.presence) return;
    const diff = { joins: toState(membership.presence), leaves: toState(before) };
    for (const { socket, memberships } of this.#connections) {
      if (memberships.has(topic)) send(socket, topic, "presence_diff", diff);
    }
  }

  #nextReference(): string {
    this.#references += 1;
    return `r${this.#references}`;
  }
}

/** A change as the platform tells it: with row-level security, a deleted row is only its key. */
export interface TableChange {
  readonly type: "INSERT" | "UPDATE" | "DELETE";
  readonly schema?: string;
  readonly table: string;
  readonly record?: Readonly<Record<string, unknown>>;
  readonly old?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly string[];
}

type Json = unknown;
type Message = readonly [
  joinReference: string | null,
  reference: string | null,
  topic: string,
  event: string,
  payload: Json,
];

interface Socket {
  send(data: string): void;
  terminate(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: "close", listener: () => void): void;
}
interface WebSocketModule {
  readonly WebSocketServer: new (
    options: object,
  ) => { on(event: "connection", listener: (socket: Socket) => void): void };
}
interface WantedChange {
  readonly event: string;
  readonly schema: string;
  readonly table: string;
  readonly filter?: string;
}
interface Tracked {
  readonly key: string;
  readonly meta: object;
}
interface Membership {
  readonly changes: readonly (WantedChange & { readonly id: string })[];
  presence: Tracked | undefined;
}
interface Connection {
  readonly socket: Socket;
  readonly memberships: Map<string, Membership>;
}

function matches({ event, schema, table, filter }: WantedChange, change: TableChange): boolean {
  if (event !== change.type || schema !== (change.schema ?? "public") || table !== change.table) return false;
  if (filter === undefined) return true;
  const [, column = "", value] = /^(\w+)=eq\.(.*)$/.exec(filter) ?? [];
  return String((change.record ?? change.old)?.[column]) === value;
}

function describeChange({ type, schema = "public", table, record = {}, old, errors }: TableChange): Json {
  const columns = Object.entries({ ...old, ...record }).map(([name, value]) => ({
    name,
    type: typeof value === "boolean" ? "bool" : typeof value === "number" ? "int8" : "text",
  }));
  const commit_timestamp = "2026-01-01T00:00:00Z";
  return { type, schema, table, commit_timestamp, columns, record, old_record: old ?? {}, errors: errors ?? null };
}

function toState(tracked: Tracked | undefined): Json {
  return tracked ? { [tracked.key]: { metas: [tracked.meta] } } : {};
}

function send(socket: Socket, topic: string, event: string, payload: Json): void {
  socket.send(JSON.stringify([null, null, topic, event, payload]));
}

function parseMessage(data: Buffer): Message {
  return JSON.parse(data.toString()) as Message;
}

/** supabase-js packs what a user broadcasts: lengths, then the texts, then the payload. */
function decodeBroadcast(data: Buffer): Message {
  const lengths = [...data.subarray(1, 6)];
  let offset = 7;
  const [joinReference = "", reference = "", topic = "", event = ""] = lengths.map((length) => {
    offset += length;
    return data.subarray(offset - length, offset).toString();
  });
  return [
    joinReference,
    reference,
    topic,
    "broadcast",
    { type: "broadcast", event, payload: JSON.parse(data.subarray(offset).toString()) },
  ];
}
