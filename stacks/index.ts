import { Migrations, Perimeter } from "pulumi-palisade";
import { declareFunctions } from "./functions.ts";
import { declareRealtime } from "./realtime.ts";
import { declareStorage } from "./storage.ts";
import { declareTableAccess } from "./table-access.ts";
import { applicationTables } from "./tables.ts";

// The application's desired state: what the migrations create, and who may reach which of it.
const migrations = new Migrations("migrations");
const app = applicationTables(migrations);
const functions = declareFunctions(migrations);

declareTableAccess(app, functions, migrations);
declareStorage(functions);
declareRealtime(app, functions);

// Nothing else can be reached, whoever creates it.
new Perimeter("api", { enforce: "close" });
