// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { DefaultPrivileges } from "pulumi-palisade";

new DefaultPrivileges("postgres/functions", { objects: "functions" });
