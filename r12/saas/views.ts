// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { ViewAccess } from "pulumi-palisade";

new ViewAccess("user_account_workspace", {
  view: "public.user_account_workspace",
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: ["maintain", "references", "select", "trigger", "truncate"],
    service_role: ["maintain", "references", "select", "trigger", "truncate"],
  },
});
