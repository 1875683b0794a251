import messages from "@pulumi/pulumi/proto/provider_pb.js";
import fc from "fast-check";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { describe, expect, it } from "vitest";
import { PlainStruct } from "../../infra/provider/plain-struct.ts";
import { serviceDefinition } from "../../infra/provider/protocol.ts";
import { readNamed, readStruct, writeStruct } from "../../infra/provider/struct-bytes.ts";
import type { Properties } from "../../infra/values/properties.ts";

const text = fc.string({ unit: "binary", maxLength: 40 });
const propertiesNamed = (key: fc.Arbitrary<string>) => {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      fc.double({ noNaN: true }),
      text,
      fc.string({ minLength: 100, maxLength: 300 }),
      fc.array(tie("value"), { maxLength: 5 }),
      fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: true }),
    ),
  }));
  return fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true }) as fc.Arbitrary<Properties>;
};
// The SDK's own map loses this one name; ours keeps it.
const properties = propertiesNamed(text.filter((name) => name !== "__proto__"));
const sdkBytes = (content: Properties) => struct.Struct.fromJavaScript(content as never).serializeBinary();

describe("the bytes of a protobuf Struct", () => {
  it("are read as the SDK's own classes wrote them", () => {
    fc.assert(
      fc.property(properties, (content) => {
        expect(readStruct(Buffer.from(sdkBytes(content)))).toEqual(content);
      }),
    );
  });

  it("are written so that the SDK's own classes read them", () => {
    fc.assert(
      fc.property(properties, (content) => {
        const read = struct.Struct.deserializeBinary(writeStruct(content));
        expect(read.toJavaScript()).toEqual(content);
      }),
    );
  });

  it("are read as they were written, whatever the names", () => {
    fc.assert(
      fc.property(propertiesNamed(fc.oneof(text, fc.constant("__proto__"))), (content) => {
        expect(readStruct(writeStruct(content))).toEqual(content);
      }),
    );
  });

  it("are read with their keys in alphabetical order, and their lists in their own", () => {
    const content = { second: 1, first: { b: [3, 1, 2], a: null } };
    expect(JSON.stringify(readStruct(writeStruct(content)))).toBe('{"first":{"a":null,"b":[3,1,2]},"second":1}');
  });

  it("are read in part, whatever stands beside it", () => {
    const content = { first: { a: 1 }, second: "2", third: [3] };
    expect(readNamed(writeStruct(content), ["third", "first", "fourth"])).toEqual({ first: { a: 1 }, third: [3] });
  });

  it("may be larger than any buffer at hand", () => {
    const content = { long: "é".repeat(100_000), many: Array.from({ length: 5000 }, (_, index) => `item ${index}`) };
    expect(readStruct(writeStruct(content))).toEqual(content);
  });

  it("can name a property __proto__ without changing what the object is", () => {
    const read = readStruct(writeStruct(JSON.parse('{"__proto__": {"polluted": true}}')));
    expect(Object.keys(read)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect("polluted" in read).toBe(false);
  });

  it("that end too early are an error", () => {
    const bytes = writeStruct({ key: "a text" });
    expect(() => readStruct(bytes.subarray(0, 1))).toThrow(/ends too early/);
  });

  it("refuse what JSON does not have", () => {
    expect(() => writeStruct({ key: undefined } as never)).toThrow("a property can't be undefined");
  });
});

describe("the provider's messages", () => {
  const inputs = { table: "public.tasks", policies: { one: { using: "true" } } };
  const outputs = { ...inputs, fingerprints: { "policies.one.using": "abc" } };

  it("are read with all that the engine wrote", () => {
    const written = new messages.ReadRequest();
    written.setId("public.tasks");
    written.setUrn("urn:pulumi:dev::palisade::palisade:index:TableAccess::tasks");
    written.setName("tasks");
    written.setInputs(struct.Struct.fromJavaScript(inputs));
    written.setProperties(struct.Struct.fromJavaScript(outputs));
    const read = serviceDefinition.read.requestDeserialize(Buffer.from(written.serializeBinary()));
    expect([read.getId(), read.getUrn(), read.getName()]).toEqual([
      written.getId(),
      written.getUrn(),
      written.getName(),
    ]);
    expect(read.getInputs()?.toJavaScript()).toEqual(inputs);
    expect(read.getProperties()?.toJavaScript()).toEqual(outputs);
  });

  it("are read without the properties that the engine did not write", () => {
    const written = new messages.ReadRequest().setId("public.tasks");
    const read = serviceDefinition.read.requestDeserialize(Buffer.from(written.serializeBinary()));
    expect(read.getInputs()).toBeUndefined();
  });

  it("are written as the engine reads them", () => {
    const response = new messages.ReadResponse().setId("public.tasks");
    response.setRefreshBeforeUpdate(true);
    response.setInputs(PlainStruct.of({ properties: inputs })).setProperties(PlainStruct.of({ properties: outputs }));
    const read = messages.ReadResponse.deserializeBinary(serviceDefinition.read.responseSerialize(response));
    expect([read.getId(), read.getRefreshBeforeUpdate()]).toEqual(["public.tasks", true]);
    expect(read.getInputs()?.toJavaScript()).toEqual(inputs);
    expect(read.getProperties()?.toJavaScript()).toEqual(outputs);
  });

  it("are written with what two structs share in both", () => {
    const shared = PlainStruct.of({ properties: inputs });
    const [one, other] = [shared.and({ fingerprints: { using: "abc" } }), shared.and({})];
    const message = new messages.ReadResponse().setId("public.tasks").setProperties(one).setInputs(other);
    const read = messages.ReadResponse.deserializeBinary(serviceDefinition.read.responseSerialize(message));
    expect(read.getProperties()?.toJavaScript()).toEqual({ ...inputs, fingerprints: { using: "abc" } });
    expect(read.getInputs()?.toJavaScript()).toEqual(inputs);
    expect([one.toJavaScript(), other.toJavaScript()]).toEqual([{ ...inputs, fingerprints: { using: "abc" } }, inputs]);
  });

  it("are not mixed up with the message written before", () => {
    const serialize = (content: Properties) =>
      serviceDefinition.check.responseSerialize(
        new messages.CheckResponse().setInputs(PlainStruct.of({ properties: content })),
      );
    const [before] = [serialize({ long: "é".repeat(5000) }), serialize({ short: "a" })];
    const read = messages.CheckResponse.deserializeBinary(before);
    expect(read.getInputs()?.toJavaScript()).toEqual({ long: "é".repeat(5000) });
  });

  it("can be written by the SDK as well", () => {
    const response = new messages.ReadResponse().setInputs(PlainStruct.of({ properties: inputs }));
    const read = messages.ReadResponse.deserializeBinary(response.serializeBinary());
    expect(read.getInputs()?.toJavaScript()).toEqual(inputs);
  });

  it("carry every kind of properties that the service's calls have", () => {
    const content = { some: "property" };
    const requests = {
      check: { message: messages.CheckRequest, accessors: ["Olds", "News"] },
      diff: { message: messages.DiffRequest, accessors: ["Olds", "News", "OldInputs"] },
      create: { message: messages.CreateRequest, accessors: ["Properties"] },
      update: { message: messages.UpdateRequest, accessors: ["Olds", "News", "OldInputs"] },
      delete: { message: messages.DeleteRequest, accessors: ["Properties", "OldInputs"] },
    };
    for (const [method, { message, accessors }] of Object.entries(requests)) {
      for (const accessor of accessors) {
        const written = new message() as never as Record<string, (content?: unknown) => PlainStruct> & {
          serializeBinary(): Uint8Array;
        };
        written[`set${accessor}`]?.(struct.Struct.fromJavaScript(content));
        const { requestDeserialize } = serviceDefinition[method as "check"];
        const read = requestDeserialize(Buffer.from(written.serializeBinary())) as never as typeof written;
        const found = read[`get${accessor}`]?.();
        expect(found, `${method} ${accessor}`).toBeInstanceOf(PlainStruct);
        expect(found?.toJavaScript()).toEqual(content);
      }
    }
  });
});
