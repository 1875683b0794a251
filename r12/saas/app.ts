import { applicationTables } from "./tables.js";

/** The tables of the database, with their columns as values. */
export const app = applicationTables();
