import { ExclusivePolicies, RealtimeChanges, RealtimeTopic, realtimeMessages, sql } from "pulumi-palisade";
import type { HelperFunctions } from "./functions.ts";
import type { applicationTables } from "./tables.ts";

/**
 * What subscribers receive: changed rows, as far as policies let them read these, and an organisation's private
 * channel.
 */
export function declareRealtime(app: ReturnType<typeof applicationTables>, functions: HelperFunctions): void {
  new RealtimeChanges("supabase_realtime", {
    filters: [app.tasks.projectId, app.customers.organizationId, app.projects.organizationId, app.notifications.userId],
  });
  const organization = new RealtimeTopic("organization", {
    prefix: "organization:",
    subject: "organizationId",
    receivableBy: (id) => sql`(select ${functions.isOrganizationMember}(${id}))`,
  });
  new ExclusivePolicies("realtime.messages", { table: realtimeMessages, policies: [organization] });
}
