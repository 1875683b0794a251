/** The API of a program: the resource kinds, the components made of them, tables as values, and the `sql` tag. */

import "./loading/end-with-engine.mjs";

export { FileBucket, type FileBucketArgs, firstFolder, storageObjects } from "./components/file-bucket.ts";
export { RealtimeChanges, type RealtimeChangesArgs } from "./components/realtime-changes.ts";
export { RealtimeTopic, type RealtimeTopicArgs, realtimeMessages } from "./components/realtime-topic.ts";
export { servicePrivileges, TenantTable, type TenantTableArgs } from "./components/tenant-table.ts";
export { Bucket, type BucketArgs } from "./kinds/bucket/resource.ts";
export { DefaultPrivileges, type DefaultPrivilegesArgs } from "./kinds/default-privileges/resource.ts";
export { ExclusivePolicies, type ExclusivePoliciesArgs } from "./kinds/exclusive-policies/resource.ts";
export { Extension, type ExtensionArgs } from "./kinds/extension/resource.ts";
// `pulumi import` generates code with the second name, which is that of the type: palisade:index:Function.
export {
  DatabaseFunction,
  DatabaseFunction as Function,
  type DatabaseFunctionArgs,
  type DatabaseFunctionArgs as FunctionArgs,
} from "./kinds/function/resource.ts";
export { FunctionAccess, type FunctionAccessArgs } from "./kinds/function-access/resource.ts";
export { Migrations, type MigrationsArgs } from "./kinds/migrations/resource.ts";
export { Perimeter, type PerimeterArgs, type PerimeterExceptionArgs } from "./kinds/perimeter/resource.ts";
export { Policy, type PolicyArgs, type PolicyDefinitionArgs } from "./kinds/policy/resource.ts";
export { Publication, type PublicationArgs, type PublishedTableArgs } from "./kinds/publication/resource.ts";
export { type MembershipArgs, Role, type RoleArgs } from "./kinds/role/resource.ts";
export { Schema, type SchemaArgs } from "./kinds/schema/resource.ts";
export {
  SequenceAccess,
  type SequenceAccessArgs,
  type SequencePrivilegesArgs,
} from "./kinds/sequence-access/resource.ts";
export { type PrivilegesArgs, TableAccess, type TableAccessArgs } from "./kinds/table-access/resource.ts";
export { Trigger, type TriggerArgs } from "./kinds/trigger/resource.ts";
export { ViewAccess, type ViewAccessArgs } from "./kinds/view-access/resource.ts";
export { type ColumnFacts, defineTable, type TypedTable } from "./prisma/reference.ts";
export { ColumnReference, TableReference } from "./sql/reference.ts";
export { type SqlText, type SqlValue, sql, type TableLike } from "./sql/tag.ts";
export type { SqlInput, TableInput } from "./sql/written.ts";
