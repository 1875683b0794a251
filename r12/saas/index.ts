// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import "./schemas.js";
import "./default-privileges.js";
import "./table-access.js";
import "./views.js";
import "./sequences.js";
import "./storage.js";
import "./functions.js";
import "./triggers.js";
