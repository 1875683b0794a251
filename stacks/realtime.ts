import { Publication, RealtimeTopic, sql } from "../infra/index.ts";
import type { HelperFunctions } from "./functions.ts";
import type { applicationTables } from "./tables.ts";

/** What subscribers hear of: changed rows (each only those its policies let it read), and an organisation's private channel. */
export function declareRealtime(app: ReturnType<typeof applicationTables>, functions: HelperFunctions): void {
  new Publication("supabase_realtime", { tables: [app.tasks, app.customers, app.projects, app.notifications] });
  new RealtimeTopic("organization", {
    prefix: "organization:",
    receivableBy: (organization) => sql`(select ${functions.isOrganizationMember}(${organization}))`,
  });
}
