// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { Extension } from "pulumi-palisade";

new Extension("citext", { version: "1.6" });
