import { describe, expect, it } from "vitest";
import type { Reachable, ReachableFunction } from "../../infra/access/reach/reachable.ts";
import { findExternalEffects, type RunText } from "../../infra/verify/external-effects.ts";

describe("what reaches outside the database", () => {
  const reachableWith = (bodies: Readonly<Record<string, string>>, isParted = false) => {
    const functions = Object.entries(bodies).map(([name, source]) => {
      const [schema = "", own = ""] = name.split(".");
      return [`${name}()`, { schema, name: own, source, isExtension: false } as ReachableFunction] as const;
    });
    const name = (text: string) => ({ schema: "public", name: text });
    const relation = (kind: string, own: string, reads: readonly string[] = [], parents: readonly string[] = []) =>
      [`public.${own}`, { kind, ...name(own), reads: reads.map(name), parents: parents.map(name) }] as const;
    const relations = new Map([
      ...[relation("v", "twice", ["charges"]), relation("v", "charges", ["stripe_charges"])],
      ...[relation("f", "stripe_charges"), relation("v", "calm", ["t"]), relation("r", "t")],
      ...(isParted ? [relation("p", "events"), relation("f", "events_old", [], ["events"])] : []),
    ]);
    return { functions: new Map(functions), relations } as unknown as Reachable;
  };
  const trigger = {
    table: "public.t",
    name: "after",
    function: "public.told",
    events: ["insert" as const],
    actsWithoutRows: false,
  };
  const foundIn = (bodies: Readonly<Record<string, string>>, texts: readonly RunText[] = []) =>
    findExternalEffects(reachableWith(bodies), [trigger], new Set(["public.called"]), texts);

  it.each([
    ["perform net.http_post('https://example.com')"],
    ["select http_get('https://example.com')"],
    ["select dblink_exec('x', 'delete from t')"],
    ["perform cron.schedule('x', '* * * * *', 'select 1')"],
    ["copy t to program 'curl'"],
    [`perform "dblink_exec"('x', 'delete from t')`],
    ["perform pg_logical_emit_message(false, 'x', 'y')"],
    ["perform pg_drop_replication_slot('x')"],
    ["insert into public.stripe_charges values (1)"],
    ["select from twice"],
    ["perform setval('public.numbers', 1)"],
    ["perform pg_advisory_lock(1)"],
    ["copy t to '/tmp/t'"],
  ])("is found in a body: %s", (source) => {
    expect(foundIn({ "public.told": source })).toEqual([
      expect.stringContaining("the trigger after on public.t runs public.told and "),
    ]);
    expect(foundIn({ "public.called": source })).toEqual([expect.stringContaining("the function public.called uses ")]);
  });

  it("is a table with a part on another server", () => {
    const found = findExternalEffects(
      reachableWith({ "public.called": "select from events" }, true),
      [],
      new Set(["public.called"]),
      [],
    );
    expect(found).toEqual([
      "the function public.called uses the foreign table public.events_old",
      "the table public.events has rows in the foreign table public.events_old",
    ]);
  });

  it("is found through functions that call each other", () => {
    const bodies = {
      "public.told": "perform private.step()",
      "private.step": "perform Send( 1 )",
      "private.send": "select dblink('x')",
    };
    expect(foundIn(bodies)).toEqual(["the trigger after on public.t runs public.told and private.step"]);
  });

  it("is whatever is written in a language that may do anything", () => {
    const texts = [{ what: "public.called", text: "the untrusted language plpython3u", isBody: true as const }];
    expect(foundIn({}, texts)).toEqual(["the function public.called uses the untrusted language plpython3u"]);
  });

  it("is found in a policy, and in a body that is no text in the catalog", () => {
    const texts = [
      { what: "the policy p of public.t", text: "(private.ask() and true)" },
      { what: "private.ask", text: "RETURN http_get('x')", isBody: true as const },
      { what: "the view public.asking", view: "public.asking", text: "select private.ask() from calm" },
    ];
    expect(foundIn({}, texts)).toEqual([
      "the policy p of public.t uses private.ask",
      "the view public.asking uses private.ask",
    ]);
  });

  it("is not found in what only looks like it", () => {
    const bodies = {
      "public.told":
        "new.http_status := 200; perform pg_notify('x', 'y'); perform from calm; perform from other.stripe_charges; perform pg_advisory_xact_lock(1); new.copy := 'program'; return new",
      "public.other": "select dblink('x')",
    };
    expect(foundIn(bodies)).toEqual([]);
  });
});
