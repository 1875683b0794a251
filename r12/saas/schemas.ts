// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { Schema } from "pulumi-palisade";

new Schema("basejump", { grants: { authenticated: ["usage"], service_role: ["usage"] } });

new Schema("kit", { grants: { authenticated: ["usage"] } });
