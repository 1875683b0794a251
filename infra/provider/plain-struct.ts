import type { MethodDefinition } from "@grpc/grpc-js";
import sdk from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../values/properties.ts";
import { Reader, readNamed, readStruct, Writer, writeProperties, writeStruct } from "./struct-bytes.ts";

/** A `Struct` of the SDK's that stays encoded until it is read, and then becomes plain values. */
export class PlainStruct extends sdk.Struct {
  #bytes: Buffer | undefined;
  #properties: Properties | undefined;
  /** The parts it consists of, if it shares one with another struct. */
  #parts: { readonly shared: PlainStruct; readonly own: Properties } | undefined;

  static of(content: { readonly bytes: Buffer } | { readonly properties: Properties }): PlainStruct {
    const made = new PlainStruct();
    if ("bytes" in content) made.#bytes = content.bytes;
    else made.#properties = content.properties;
    return made;
  }

  /** A struct with these properties added. The shared ones are encoded once, for any number of structs in a message. */
  and(own: Properties): PlainStruct {
    const made = PlainStruct.of({ properties: { ...this.toJavaScript(), ...own } });
    made.#parts = { shared: this, own };
    return made;
  }

  /** Returns the same values each time, which must not be modified. */
  override toJavaScript(): { [key: string]: never } {
    this.#properties ??= readStruct(this.#bytes ?? Buffer.alloc(0));
    return this.#properties as { [key: string]: never };
  }

  /** Only the properties with these names. In a received message, the other ones are not decoded. */
  pick(names: readonly string[]): Properties {
    return readNamed(this.#bytes ?? writeStruct(this.#properties ?? {}), names);
  }

  write(writer: Writer): void {
    if (this.#bytes !== undefined) writer.bytes(this.#bytes);
    else if (this.#parts !== undefined) {
      writeProperties(writer, this.#parts.own);
      this.#parts.shared.write(writer);
    } else {
      const since = writer.position;
      writeProperties(writer, this.#properties ?? {});
      this.#bytes = writer.copy(since);
    }
  }

  /** Called by the SDK when it encodes the content itself. */
  override getFieldsMap() {
    return sdk.Struct.fromJavaScript(this.toJavaScript()).getFieldsMap();
  }
}

type Fields = Readonly<Record<number, string>>;

/** The fields in provider.proto that contain properties: the names of their accessors, by number. */
const fields: Readonly<Record<string, { readonly request: Fields; readonly response: Fields }>> = {
  checkConfig: { request: { 2: "Olds", 3: "News" }, response: { 1: "Inputs" } },
  check: { request: { 2: "Olds", 3: "News" }, response: { 1: "Inputs" } },
  diff: { request: { 3: "Olds", 4: "News", 6: "OldInputs" }, response: {} },
  create: { request: { 2: "Properties" }, response: { 2: "Properties" } },
  read: { request: { 3: "Properties", 4: "Inputs" }, response: { 2: "Properties", 3: "Inputs" } },
  update: { request: { 3: "Olds", 4: "News", 8: "OldInputs" }, response: { 1: "Properties" } },
  delete: { request: { 3: "Properties", 5: "OldInputs" }, response: {} },
};

/** The service's definition with our own encoding of properties. Everything else is the SDK's. */
export function withPlainStructs<Definition extends object>(definition: Definition): Definition {
  const writer = new Writer();
  const methods = definition as Readonly<Record<string, MethodDefinition<object, object>>>;
  const methodsOfPlainStructs = Object.entries(methods).map(([name, method]) => {
    const { request, response } = fields[name] ?? {};
    if (!request || !response) return [name, method];
    return [
      name,
      {
        ...method,
        requestDeserialize: (bytes: Buffer) => read(bytes, request, method.requestDeserialize),
        responseSerialize: (message: object) => write(writer, message, response, method.responseSerialize),
      },
    ];
  });
  return Object.fromEntries(methodsOfPlainStructs) as Definition;
}

/** Removes the properties' bytes from the message, and passes the rest to the SDK. */
function read(bytes: Buffer, properties: Fields, deserialize: (bytes: Buffer) => object): object {
  const reader = new Reader(bytes);
  const rest: Buffer[] = [];
  const found: { readonly accessor: string; readonly struct: PlainStruct }[] = [];
  while (reader.position < bytes.length) {
    const start = reader.position;
    const tag = reader.varint();
    const accessor = properties[Math.floor(tag / 8)];
    if (accessor === undefined) {
      reader.skip(tag % 8);
      rest.push(bytes.subarray(start, reader.position));
    } else {
      const end = reader.length();
      found.push({ accessor, struct: PlainStruct.of({ bytes: bytes.subarray(reader.position, end) }) });
      reader.position = end;
    }
  }
  const message = deserialize(Buffer.concat(rest));
  for (const { accessor, struct } of found) call(message, `set${accessor}`, struct);
  return message;
}

function write(writer: Writer, message: object, properties: Fields, serialize: (message: object) => Buffer): Buffer {
  writer.position = 0;
  for (const [number, accessor] of Object.entries(properties)) {
    const struct = call(message, `get${accessor}`);
    if (!(struct instanceof PlainStruct)) continue;
    call(message, `clear${accessor}`);
    const since = writer.position;
    struct.write(writer);
    writer.delimit(Number(number), since);
  }
  writer.bytes(serialize(message));
  return writer.copy(0);
}

function call(message: object, method: string, ...args: unknown[]): unknown {
  return (message as Readonly<Record<string, (...args: unknown[]) => unknown>>)[method]?.(...args);
}
