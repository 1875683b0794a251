import { describe, expect, it } from "vitest";
import { kinds } from "../../infra/kinds/registry.ts";
import manifest from "../../infra/package.json" with { type: "json" };
import { packageSchema } from "../../infra/provider/schema.ts";

interface Property {
  readonly description?: string;
  readonly type?: string;
  readonly $ref?: string;
  readonly oneOf?: readonly Property[];
  readonly items?: Property;
  readonly additionalProperties?: Property;
}
type Properties = Readonly<Record<string, Property>>;
interface Schema {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly config: { readonly variables: Properties };
  readonly types: Readonly<Record<string, { readonly properties: Properties }>>;
  readonly resources: Readonly<
    Record<
      string,
      { readonly description: string; readonly inputProperties: Properties; readonly requiredInputs: string[] }
    >
  >;
}

const schema = packageSchema() as unknown as Schema;

describe("the package's schema", () => {
  it("is of the package's name, version and licence", () => {
    expect(schema).toMatchObject({ name: "palisade", version: manifest.version, license: manifest.license });
  });

  it("has every kind with every property that a program may write", () => {
    expect(Object.keys(schema.resources)).toEqual(kinds.map(({ name }) => `palisade:index:${name}`));
    for (const kind of kinds) {
      const { inputProperties, requiredInputs } = schema.resources[`palisade:index:${kind.name}`] ?? {};
      expect(Object.keys(inputProperties ?? {}), kind.name).toEqual(Object.keys(kind.input.shape));
      const required = Object.entries(kind.input.shape).filter(
        ([name, type]) => !type.safeParse(undefined).success && (name !== "name" || !kind.isNamedAfterResource),
      );
      expect(requiredInputs, kind.name).toEqual(required.map(([name]) => name));
    }
  });

  it("describes each of them, and each property inside", () => {
    const places: [string, string | undefined][] = [
      ...Object.entries(schema.resources).map(([name, { description }]) => [name, description] as [string, string]),
      ...[
        ...Object.entries(schema.resources).map(([name, { inputProperties }]) => [name, inputProperties] as const),
        ...Object.entries(schema.types).map(([name, { properties }]) => [name, properties] as const),
        ["config", schema.config.variables] as const,
      ].flatMap(([name, properties]) =>
        Object.entries(properties).map(
          ([key, { description }]) => [`${name}.${key}`, description] as [string, string | undefined],
        ),
      ),
    ];
    expect(places.filter(([, description]) => description === undefined).map(([place]) => place)).toEqual([]);
  });

  it("gives each configuration value the type that the provider makes of it", () => {
    const types = Object.entries(schema.config.variables).map(([name, { type }]) => [name, type]);
    expect(Object.fromEntries(types)).toEqual({
      connection: "string",
      adopt: "boolean",
      lockTimeoutSeconds: "number",
      lockAttempts: "number",
      statementTimeoutSeconds: "number",
      verify: "boolean",
    });
  });

  it("says what may be a number or a text", () => {
    expect(schema.resources["palisade:index:Bucket"]?.inputProperties.fileSizeLimit?.oneOf).toEqual([
      { type: "number" },
      { type: "string" },
    ]);
  });

  it("refers to no type that it has not", () => {
    const refs = [...JSON.stringify(schema).matchAll(/"#\/types\/([^"]+)"/g)].map(([, token = ""]) => token);
    expect(refs.filter((token) => !Object.hasOwn(schema.types, token))).toEqual([]);
  });
});
