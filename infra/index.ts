/** What a program declares with: resource kinds, and the `sql` tag. */

import "./end-with-engine.mjs";

export { FileBucket, type FileBucketArgs, firstFolder, storageObjects } from "./components/file-bucket.ts";
export { RealtimeChanges, type RealtimeChangesArgs } from "./components/realtime-changes.ts";
export { RealtimeTopic, type RealtimeTopicArgs, realtimeMessages } from "./components/realtime-topic.ts";
export { servicePrivileges, TenantTable, type TenantTableArgs } from "./components/tenant-table.ts";
export { Bucket, type BucketArgs } from "./resources/bucket/resource.ts";
export { ExclusivePolicies, type ExclusivePoliciesArgs } from "./resources/exclusive-policies/resource.ts";
export { DatabaseFunction, type DatabaseFunctionArgs } from "./resources/function/resource.ts";
export { Migrations, type MigrationsArgs } from "./resources/migrations/resource.ts";
export { Policy, type PolicyArgs, type PolicyDefinitionArgs } from "./resources/policy/resource.ts";
export { Publication, type PublicationArgs } from "./resources/publication/resource.ts";
export { Schema, type SchemaArgs } from "./resources/schema/resource.ts";
export { TableReference } from "./resources/sql/reference.ts";
export { type SqlText, type SqlValue, sql } from "./resources/sql/tag.ts";
export { type PrivilegesArgs, TableAccess, type TableAccessArgs } from "./resources/table-access/resource.ts";
