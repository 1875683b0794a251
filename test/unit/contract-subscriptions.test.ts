import { describe, expect, it } from "vitest";
import { access, compact, describeAll, resource, write, writeFile } from "../support/written-contract.ts";

const paints = access("public.paints", { authenticated: "all", service_role: ["select"] });

describe("the subscriptions", () => {
  const published = (tables: unknown, filters: readonly object[] = [], options: object = {}) => [
    paints,
    resource("palisade:index:Publication", "supabase_realtime", { tables, ...options }),
    resource("palisade:components:RealtimeChanges", "supabase_realtime", { filters }),
  ];

  it("are for each published table, with one of its filters where there are any", async () => {
    const filters = [
      { table: "public.paints", column: "mixId" },
      { table: "public.paints", column: "the label" },
    ];
    const text = compact(await writeFile("realtime.ts", published(["public.paints"], filters)));
    expect(text).toContain(
      compact(
        `filter: { readonly mixId: NonNullable<PaintRow["mixId"]> } | { readonly label: NonNullable<PaintRow["the label"]> }`,
      ),
    );
    expect(text).toContain(
      compact(
        `"mixId" in filter ? { column: "mixId", value: filter.mixId } : { column: "the label", value: filter.label }`,
      ),
    );
  });

  it("need no filter, hold only readable columns, and know every column of the key", async () => {
    const accounts = access("crm.accounts", { authenticated: { select: ["owner", "number"] } });
    const text = compact(await writeFile("realtime.ts", [accounts, ...published({ "crm.accounts": {} })]));
    expect(text).toContain(
      compact(`export function subscribeToCrmAccounts(
        handlers: ChangeHandlers<Pick<AccountRow, "owner" | "number">, Pick<AccountRow, "owner" | "number">>,
        client: RealtimeClient = getBrowserClient()): Subscription {
        return subscribe({ schema: "crm", table: "accounts" }, handlers, client);`),
    );
  });

  it.each([
    [["insert"], '"onUpdate" | "onDelete"', "inserts"],
    [["delete", "insert", "truncate"], '"onUpdate"', "inserts and deletes"],
    [["update"], '"onInsert" | "onDelete"', "updates"],
  ])("take handlers of the published changes alone: %j", async (publish, unpublished, changes) => {
    const filters = [{ table: "public.paints", column: "mixId" }];
    const text = await writeFile("realtime.ts", published(["public.paints"], filters, { publish }));
    expect(compact(text)).toContain(
      compact(`filter: { readonly mixId: NonNullable<PaintRow["mixId"]> },
        handlers: Omit<ChangeHandlers<PaintRow, Pick<PaintRow, "id">>, ${unpublished}>,`),
    );
    expect(text).toContain(`Listens to ${changes} of \`paints\` with this \`mixId\``);
    expect(text).toMatch(
      new RegExp(`subscribeToPaints\\(\\{ mixId \\}, \\{ on${changes === "updates" ? "Update" : "Insert"}:`),
    );
  });

  it("take no filter where only deletes are published, which Realtime does not filter", async () => {
    const filters = [{ table: "public.paints", column: "mixId" }];
    const text = await writeFile("realtime.ts", published(["public.paints"], filters, { publish: ["delete"] }));
    expect(compact(text)).toContain(
      compact(`export function subscribeToPaints(
        handlers: Omit<ChangeHandlers<PaintRow, Pick<PaintRow, "id">>, "onInsert" | "onUpdate">,`),
    );
    expect(text).toContain("Listens to deletes of `paints`, of all rows.");
    expect(text).not.toContain("filter");
  });

  it("are none where only TRUNCATE is published, which Realtime does not send", async () => {
    const truncated = published(["public.paints"], [], { publish: ["truncate"] });
    expect(Object.keys(await write(truncated))).not.toContain("realtime.ts");
  });

  it("are for the tables of Realtime's publication, whatever its resource is called and however it names them", async () => {
    const publication = (name: string, inputs: object) => resource("palisade:index:Publication", name, inputs);
    for (const given of [
      publication("realtime", { tables: ["paints"] }),
      publication("realtime", { name: "supabase_realtime", tables: { 'PUBLIC."paints"': {} } }),
      publication("supabase_realtime", { tables: ["public.paints", "Public.Paints"] }),
    ]) {
      const { subscriptions } = await describeAll([paints, given]);
      expect(subscriptions.map(({ functionName }) => functionName)).toEqual(["subscribeToPaints"]);
    }
    const other = publication("supabase_realtime", { name: "warehouse", tables: ["public.paints"] });
    expect((await describeAll([paints, other])).subscriptions).toEqual([]);
  });

  it("are none where nothing is published, or by a publication that Realtime does not listen to", async () => {
    const other = resource("palisade:index:Publication", "warehouse", {
      name: "warehouse",
      tables: ["public.paints"],
    });
    expect(Object.keys(await write([paints, other]))).not.toContain("realtime.ts");
  });

  it("are refused for a table of which no model says what its rows are", async () => {
    await expect(write(published(["public.unknown"]))).rejects.toThrow(
      /public\.unknown is published, and schema\.prisma has no model of it/,
    );
  });
});
