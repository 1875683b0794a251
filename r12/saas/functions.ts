// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { DatabaseFunction } from "pulumi-palisade";
import { definition } from "./definitions.js";

export const getAccountsWithRole = new DatabaseFunction("get_accounts_with_role", {
  definition: definition("get_accounts_with_role"),
  execute: ["authenticated"],
});

export const hasRoleOnAccount = new DatabaseFunction("has_role_on_account", {
  definition: definition("has_role_on_account"),
  execute: ["anon", "authenticated", "public", "service_role"],
});

export const isSet = new DatabaseFunction("is_set", { definition: definition("is_set"), execute: ["authenticated"] });

export const protectAccountFields = new DatabaseFunction("protect_account_fields", {
  definition: definition("protect_account_fields"),
});

export const runNewUserSetup = new DatabaseFunction("run_new_user_setup", {
  definition: definition("run_new_user_setup"),
});

export const getStorageFilenameAsUuid = new DatabaseFunction("get_storage_filename_as_uuid", {
  definition: definition("get_storage_filename_as_uuid"),
  execute: ["authenticated", "service_role"],
});

export const customAccessTokenHook = new DatabaseFunction("custom_access_token_hook", {
  definition: definition("custom_access_token_hook"),
  execute: ["supabase_auth_admin"],
});

export const hasPermission = new DatabaseFunction("has_permission", {
  definition: definition("has_permission"),
  execute: ["authenticated", "service_role"],
});

export const httpRequest = new DatabaseFunction("http_request", { definition: definition("http_request") });
