import { InputError } from "../errors/errors.ts";
import { type NamedThing, refuseDuplicates } from "../prisma/unique-names.ts";
import type { Contract, ContractTable, ContractTopic } from "./contract.ts";
import { topicNames } from "./files/channels.ts";
import { databaseNames } from "./files/database.ts";

/**
 * Refuses duplicate names within a file of the contract, including names that the file itself needs: one of them would
 * be lost, or the file would not compile.
 * @throws {InputError} naming both
 */
export function refuseSharedNames({ variables, enums, tables, subscriptions, buckets, topics }: Contract): void {
  const files: Readonly<Record<string, readonly NamedThing[]>> = {
    "database.ts": [
      ...databaseNames.map((identifier) => ({ identifier, of: `its own type ${identifier}` })),
      ...enums.map(({ typeName, model }) => ({ identifier: typeName, of: `the enum ${model}` })),
      ...tables.flatMap(namesOfTable),
    ],
    "realtime.ts": subscriptions.map(({ functionName, table }) => ({
      identifier: functionName,
      of: `the subscription to ${qualified(table)}`,
    })),
    "storage.ts": buckets.map(({ identifier, name }) => ({ identifier, of: `the bucket ${name}` })),
    "channels.ts": topics.flatMap(namesOfTopic),
  };
  for (const [file, named] of Object.entries(files)) refuseDuplicates(`the contract's ${file}`, named);
  const odd = Object.keys(variables).find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (odd !== undefined) throw new InputError(`${JSON.stringify(odd)} can't be the name of an environment variable`);
}

function namesOfTable(table: ContractTable): readonly NamedThing[] {
  const { typeName, model, isView } = table;
  const of = `the rows of the ${isView ? "view" : "model"} ${model}`;
  const types = isView ? ["Row", "Relationships"] : ["Row", "Insert", "Relationships"];
  return types.map((type) => ({ identifier: `${typeName}${type}`, of }));
}

/** A topic's functions and its type differ in the case of their first letter, unless that letter has no upper case. */
function namesOfTopic(topic: ContractTopic): readonly NamedThing[] {
  return [...new Set(topicNames(topic))].map((identifier) => ({ identifier, of: `the topic ${topic.name}` }));
}

function qualified({ schema, name }: ContractTable): string {
  return `${schema}.${name}`;
}
