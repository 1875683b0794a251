import { kindOf } from "../access/reach/reachable.ts";
import { formatQualified } from "../sql/quote.ts";
import { tenantNames } from "./actors.ts";
import type { Command } from "./attempt.ts";
import { channelOf } from "./channel-attempts.ts";
import type { Verification, Who } from "./declaration.ts";
import { filesIn } from "./file-attempts.ts";
import { groupBy } from "./group-by.ts";
import type { Judged } from "./judge.ts";
import { tableName } from "./plan.ts";
import type { NotTried } from "./report.ts";
import type { ReachableRights } from "./rights.ts";
import type { TestData } from "./test-data.ts";
import { apiRoles } from "./trial.ts";
import { reachedViews } from "./view-attempts.ts";

/** The declarations that no attempt says anything about. */
export function unprovenOf(
  judged: readonly Judged[],
  testData: TestData,
  rights: ReachableRights,
): readonly NotTried[] {
  const declared = judged.filter(({ expected }) => expected.by === "declaration");
  const attempted = groupBy(declared, ({ attempt }) => keyOf(attempt));
  const told = statedIn(testData.plan.verification).flatMap(({ object, command, who }) => {
    const attempts = attempted.get(keyOf({ object, command })) ?? [];
    const reason = isOutOfReach(object, command, who, rights) ? undefined : reasonOf(who, attempts);
    return reason === undefined ? [] : [{ object, command, reason, count: 1, isStated: true as const }];
  });
  return [...unknownPeople(testData), ...told];
}

interface Stated {
  readonly object: string;
  readonly command: Command;
  readonly who: readonly unknown[];
}

function statedIn({ tables = [], files = [], channels = [] }: Verification): readonly Stated[] {
  const of = (object: string, may: Readonly<Partial<Record<Command, Who>>>) =>
    (Object.entries(may) as readonly [Command, Who | undefined][]).flatMap(([command, who]) =>
      who === undefined ? [] : [{ object, command, who: [who].flat() }],
    );
  return [
    ...tables.flatMap(({ table, may }) => of(formatQualified(tableName(table)), may)),
    ...files.flatMap(({ bucket, may }) => of(filesIn(bucket), may)),
    ...channels.flatMap((channel) => of(channelOf(channel), channel.may)),
  ];
}

function keyOf({ object, command }: { readonly object: string; readonly command: Command }): string {
  return `${command} ${object}`;
}

function reasonOf(who: readonly unknown[], attempts: readonly Judged[]): string | undefined {
  if (attempts.length === 0) return "it is stated, and there was no row to try it with; state values in `fixtures`";
  const telling = who.length === 0 ? attempts : attempts.filter(({ expected }) => expected.may !== false);
  if (telling.length === 0) {
    return "somebody may by the declaration, and there was no such person and row to try it; state further rows in `rows`, or values in `fixtures`";
  }
  if (telling.some(({ verdict }) => verdict !== "not tried")) return undefined;
  return `it is stated, and each attempt ended for another reason than access: ${telling[0]?.notTried ?? telling[0]?.answer.message}`;
}

/** A view that the API can't use, or that is not updatable: that nobody does so needs no attempt. */
function isOutOfReach(object: string, command: Command, who: readonly unknown[], rights: ReachableRights): boolean {
  const relation = rights.reachable.relations.get(object);
  if (who.length > 0 || relation === undefined) return false;
  if (!["view", "materialised view"].includes(kindOf(relation))) return false;
  const isWritten = command === "select" || relation.writes.some((write) => write === command);
  return !isWritten || !reachedViews(rights, apiRoles).includes(relation);
}

/** Without a row that makes somebody a member of each tenant, nothing shows who reaches another tenant's rows. */
function unknownPeople({ plan, made }: TestData): readonly NotTried[] {
  const { tenants, members } = plan;
  return [tenants, members?.table].flatMap((table) => {
    if (table === undefined) return [];
    const object = formatQualified(table);
    const rows = made.rows.filter((row) => formatQualified(row.table) === object);
    const missing = tenantNames.filter((name) => !rows.some(({ tenant }) => tenant === name));
    const reason = `no row of tenant ${missing.join(", nor of ")} could be made, so that nothing is known of who reaches another's`;
    return missing.length === 0 ? [] : [{ object, reason, count: 1, isStated: true as const }];
  });
}
