// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { ViewAccess } from "pulumi-palisade";

new ViewAccess("public_posts", {
  view: "public.public_posts",
  securityInvoker: false,
  grants: {
    anon: ["maintain", "references", "select", "trigger", "truncate"],
    authenticated: ["maintain", "references", "trigger", "truncate"],
    service_role: ["maintain", "references", "trigger", "truncate"],
  },
});

new ViewAccess("trending", {
  view: "public.trending",
  securityInvoker: false,
  grants: { service_role: ["maintain", "references", "trigger", "truncate"] },
});
