import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { kinds } from "../kinds/registry.ts";
import { packageFolder } from "../system/package-folder.ts";
import { typeToken } from "../values/urn.ts";
import { configurationInput } from "./configuration.ts";
import descriptions from "./descriptions.json" with { type: "json" };

const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as {
  readonly version: string;
  readonly license: string;
};

/** The plugin's version is the package's. */
export const { version } = manifest;

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
}
type Specification = Record<string, unknown>;

/** The doc comments of arguments, by the name of their type. */
const written: Readonly<Record<string, Readonly<Record<string, string>> | undefined>> = descriptions;

/**
 * The package's schema, derived from the definitions that check uses. The engine needs it for `pulumi import` and for
 * documentation.
 * @see https://www.pulumi.com/docs/iac/extending-pulumi/schema/
 */
export function packageSchema(): Specification {
  const types: Record<string, Specification> = {};
  const resources = Object.fromEntries(
    kinds.map((kind) => {
      const schema = z.toJSONSchema(kind.input, { io: "input" }) as JsonSchema;
      const inputProperties = propertiesOf(schema, kind.name, types);
      const required = (schema.required ?? []).filter((key) => key !== "name" || !kind.isNamedAfterResource);
      for (const name of kind.replaceOn) Object.assign(inputProperties[name] ?? {}, { willReplaceOnChanges: true });
      return [
        typeToken(kind.name),
        {
          description: kind.description,
          inputProperties,
          requiredInputs: required,
          properties: inputProperties,
          required: schema.required ?? [],
        },
      ];
    }),
  );
  // As the provider reads it: values in a settings file are text, and are converted to numbers and flags.
  const config = z.toJSONSchema(configurationInput, { io: "output", unrepresentable: "any" }) as JsonSchema;
  return {
    name: "palisade",
    displayName: "Palisade",
    version,
    publisher: "Palisade",
    license: manifest.license,
    // Makes the Go SDK a module with a go.mod, and gives every SDK the package's version.
    meta: { supportPack: true },
    keywords: ["pulumi", "palisade", "category/database", "kind/native", "postgresql", "supabase"],
    description:
      "The database side of a Supabase application: row-level security, functions, buckets, publications, migrations.",
    config: { variables: propertiesOf(config, "Config", types) },
    provider: { inputProperties: propertiesOf(config, "Config", types) },
    types,
    resources,
    // The names of the generated SDKs. For TypeScript it is this package, for which `pulumi import` generates code.
    language: {
      nodejs: { packageName: "pulumi-palisade", respectSchemaVersion: true },
      python: { packageName: "pulumi_palisade", pyproject: { enabled: true }, respectSchemaVersion: true },
      go: { importBasePath: "palisade.local/sdk/palisade", respectSchemaVersion: true },
      csharp: { respectSchemaVersion: true },
    },
  };
}

function propertiesOf(schema: JsonSchema, name: string, types: Record<string, Specification>): Specification {
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, property]) => {
      const { description = written[name]?.[key] } = property;
      return [
        key,
        {
          ...typeOf(property, `${name}${key.charAt(0).toUpperCase()}${key.slice(1)}`, types),
          ...(description === undefined ? {} : { description }),
        },
      ];
    }),
  );
}

function typeOf(schema: JsonSchema, name: string, types: Record<string, Specification>): Specification {
  const alternatives = (schema.anyOf ?? []).filter((option) => Object.keys(option).length > 0);
  if (Array.isArray(schema.type)) return { oneOf: schema.type.map((type) => ({ type })) };
  if (alternatives.length > 1) return { oneOf: alternatives.map((option) => typeOf(option, name, types)) };
  const [only] = alternatives;
  if (only !== undefined) return typeOf(only, name, types);
  if (schema.type === "array") return { type: "array", items: typeOf(schema.items ?? {}, singular(name), types) };
  if (schema.type === "object") {
    if (schema.properties === undefined)
      return { type: "object", additionalProperties: typeOf(schema.additionalProperties || {}, singular(name), types) };
    const token = typeToken(name);
    if (token in types) throw new Error(`Two types of the schema would be called ${token}.`);
    types[token] = { type: "object", properties: propertiesOf(schema, name, types), required: schema.required ?? [] };
    return { $ref: `#/types/${token}` };
  }
  if (schema.type === "boolean" || typeof schema.const === "boolean") return { type: "boolean" };
  if (schema.type === "number" || schema.type === "integer") return { type: "number" };
  return { type: "string" };
}

/** The singular of a property's name: the items of a table's `policies` have the type `TableAccessPolicy`. */
function singular(name: string): string {
  return name.replace(/ies$/, "y").replace(/s$/, "");
}
