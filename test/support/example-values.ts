import type { DatabaseFunction, FileBucket, Migrations } from "../../infra/index.ts";
import type { applicationTables } from "../../stacks/tables.ts";

// What the examples in doc comments take for granted.
export declare const app: ReturnType<typeof applicationTables>;
export declare const migrations: Migrations;
export declare const currentUserId: DatabaseFunction;
export declare const currentOrganizationIds: DatabaseFunction;
export declare const currentAdminOrganizationIds: DatabaseFunction;
export declare const isMember: DatabaseFunction;
export declare const attachments: FileBucket;
export declare const avatars: FileBucket;
