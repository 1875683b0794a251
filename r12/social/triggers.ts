// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { Trigger } from "pulumi-palisade";
import { app } from "./app.js";
import { broadcastMessage, handleNewUser } from "./functions.js";

new Trigger("on_auth_user_created", {
  table: "auth.users",
  timing: "after",
  function: handleNewUser.signature,
  events: ["insert"],
});

new Trigger("broadcast", {
  table: app.messages,
  timing: "after",
  function: broadcastMessage.signature,
  events: ["insert", "update", "delete"],
});
