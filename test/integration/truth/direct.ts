import type { Server } from "../../../infra/catalog/catalog.ts";
import type { DatabaseOptions } from "../../../infra/database/database.ts";
import type { Problem } from "../../../infra/errors/errors.ts";
import { kindNamed, kinds } from "../../../infra/kinds/registry.ts";
import { create, update } from "../../../infra/lifecycle/apply.ts";
import { check } from "../../../infra/lifecycle/check.ts";
import type { Context } from "../../../infra/lifecycle/context.ts";
import { diff } from "../../../infra/lifecycle/diff.ts";
import type { Kind, NormaliseContext } from "../../../infra/lifecycle/kind.ts";
import { Operation } from "../../../infra/lifecycle/operation.ts";
import { previewCreate, previewUpdate } from "../../../infra/lifecycle/preview.ts";
import { PreviewedStates } from "../../../infra/lifecycle/previewed-states.ts";
import { read } from "../../../infra/lifecycle/read.ts";
import type { Reading } from "../../../infra/lifecycle/recognition.ts";
import { formatPath, type Properties } from "../../../infra/values/properties.ts";

/** What the engine calls, called without the engine: for tests of many declarations against one real database. */
export class DirectProvider {
  readonly operation: Operation;
  readonly messages: string[] = [];

  constructor(
    url: string,
    options: {
      readonly adopt?: boolean;
      readonly projectDirectory?: string;
      readonly database?: DatabaseOptions;
    } = {},
  ) {
    this.operation = new Operation({
      kinds,
      connect: async () => url,
      adopt: options.adopt ?? false,
      stack: "test",
      projectDirectory: options.projectDirectory ?? process.cwd(),
      ...(options.database === undefined ? {} : { database: options.database }),
    });
  }

  /**
   * The normal form, or what is wrong with the declaration.
   * @param old the inputs that the state has
   */
  async check(kindName: string, name: string, input: unknown, old?: Properties): Promise<Properties | Problem[]> {
    const { server } = await this.operation.snapshot();
    if (old !== undefined) this.operation.declarations.noteResource(urnOf(kindName, name), { former: old });
    return await check(
      kindOf(kindName),
      input as Properties,
      { server, operation: this.operation, old },
      urnOf(kindName, name),
    );
  }

  /** The paths that the engine shows as changed. */
  diff(kindName: string, name: string, old: Properties, checked: Properties): readonly string[] {
    const found = diff(kindOf(kindName), urnOf(kindName, name), old, checked, this.operation);
    return found.map(({ path }) => formatPath(path));
  }

  async previewCreate(kindName: string, name: string, desired: Properties): Promise<void> {
    await previewCreate(kindOf(kindName), desired, this.#context(kindName, name));
  }

  async previewUpdate(kindName: string, name: string, live: Properties, desired: Properties): Promise<void> {
    await previewUpdate(kindOf(kindName), live, desired, this.#context(kindName, name));
  }

  async create(kindName: string, name: string, desired: Properties): Promise<Reading> {
    return await create(kindOf(kindName), desired, this.#context(kindName, name));
  }

  async update(kindName: string, name: string, old: Reading, desired: Properties) {
    return await update(kindOf(kindName), old.id, old, desired, this.#context(kindName, name));
  }

  async read(kindName: string, name: string, { id, inputs, kept }: Reading): Promise<Reading | undefined> {
    return await read(kindOf(kindName), id, inputs, kept, this.#context(kindName, name));
  }

  async close(): Promise<void> {
    await this.operation.close();
  }

  #context(kindName: string, name: string): Context {
    const report = (severity: string, message: string) => void this.messages.push(`${severity}: ${name}: ${message}`);
    return { operation: this.operation, urn: urnOf(kindName, name), previewed: new PreviewedStates(), report };
  }
}

export function kindOf(name: string): Kind {
  const kind = kindNamed(name);
  if (!kind) throw new Error(`there is no kind ${name}`);
  return kind;
}

function urnOf(kind: string, name: string): string {
  return `urn:pulumi:test::palisade::palisade:index:${kind}::${name}`;
}

/** A server of which nothing matters but that `postgres` deploys to it. */
export const postgresServer: Server = { version: 170_000, user: "postgres", isSuperuser: false, actsAs: ["postgres"] };

export function unconnectedContext(): NormaliseContext {
  return { server: postgresServer, operation: unconnected(), old: undefined };
}

/** An operation for what asks no database: bringing a declaration into normal form. */
export function unconnected(): Operation {
  return new Operation({
    kinds,
    connect: async () => {
      throw new Error("nothing here asks a database");
    },
    adopt: false,
    stack: "test",
    projectDirectory: process.cwd(),
  });
}
