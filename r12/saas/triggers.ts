// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { Trigger } from "pulumi-palisade";
import { app } from "./app.js";
import { httpRequest, protectAccountFields, runNewUserSetup } from "./functions.js";

new Trigger("on_auth_user_created", {
  table: "auth.users",
  timing: "after",
  function: runNewUserSetup.signature,
  events: ["insert"],
});

new Trigger("basejump_protect_account_fields", {
  table: app.basejumpAccounts,
  timing: "before",
  function: protectAccountFields.signature,
  events: ["update"],
});

new Trigger("webhook", {
  table: app.orders,
  timing: "after",
  function: httpRequest.signature,
  arguments: ["https://example.com/hook", "POST", '{"Content-Type":"application/json"}', "{}", "1000"],
  events: ["insert"],
});

// Left out:
// Trigger public.orders/webhook_key: its arguments may hold a secret, which would stand in the program and in the state. Have its function read the secret from the vault (vault.decrypted_secrets), and adopt it then
// End of what is left out; `palisade adopt` keeps this list.
