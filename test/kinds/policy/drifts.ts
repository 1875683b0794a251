import type { Drift } from "../sample.ts";

const change = (title: string, statement: string, shown: readonly string[] | "created"): Drift => ({
  title,
  sql: (key) => statement.replaceAll("$policy", `"drift ${key}" on storage.objects`),
  shown,
});

export const drifts: readonly Drift[] = [
  change("drops it", "drop policy $policy", "created"),
  change(
    "renames it",
    'alter policy $policy rename to "drift renamed"; drop policy "drift renamed" on storage.objects',
    "created",
  ),
  change("opens it to everybody", "alter policy $policy to public using (true) with check (true)", [
    "roles",
    "using",
    "withCheck",
  ]),
  change(
    "makes it again for every command",
    "drop policy $policy; create policy $policy to anon, authenticated using (true)",
    ["command", "using", "withCheck"],
  ),
];
