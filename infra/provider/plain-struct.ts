import type { MethodDefinition } from "@grpc/grpc-js";
import sdk from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../values/properties.ts";
import { Reader, readNamed, readStruct, Writer, writeProperties, writeStruct } from "./struct-bytes.ts";

/** The SDK's `Struct` with another inside: bytes until somebody asks, and then plain values. */
export class PlainStruct extends sdk.Struct {
  #bytes: Buffer | undefined;
  #properties: Properties | undefined;
  /** What it consists of, where it shares a part with another one. */
  #parts: { readonly shared: PlainStruct; readonly own: Properties } | undefined;

  static of(content: { readonly bytes: Buffer } | { readonly properties: Properties }): PlainStruct {
    const made = new PlainStruct();
    if ("bytes" in content) made.#bytes = content.bytes;
    else made.#properties = content.properties;
    return made;
  }

  /** The same properties and further ones. The same are written once, into however many structs of a message they go. */
  and(own: Properties): PlainStruct {
    const made = PlainStruct.of({ properties: { ...this.toJavaScript(), ...own } });
    made.#parts = { shared: this, own };
    return made;
  }

  /** The same values each time: they are not to be changed. */
  override toJavaScript(): { [key: string]: never } {
    this.#properties ??= readStruct(this.#bytes ?? Buffer.alloc(0));
    return this.#properties as { [key: string]: never };
  }

  /** The properties of these names alone; of what has come, the others are not read. */
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

  /** What the SDK asks when it writes the content by itself. */
  override getFieldsMap() {
    return sdk.Struct.fromJavaScript(this.toJavaScript()).getFieldsMap();
  }
}

type Fields = Readonly<Record<number, string>>;

/** The fields of provider.proto that hold properties: by number, the names of their accessors. */
const fields: Readonly<Record<string, { readonly request: Fields; readonly response: Fields }>> = {
  checkConfig: { request: { 2: "Olds", 3: "News" }, response: { 1: "Inputs" } },
  check: { request: { 2: "Olds", 3: "News" }, response: { 1: "Inputs" } },
  diff: { request: { 3: "Olds", 4: "News", 6: "OldInputs" }, response: {} },
  create: { request: { 2: "Properties" }, response: { 2: "Properties" } },
  read: { request: { 3: "Properties", 4: "Inputs" }, response: { 2: "Properties", 3: "Inputs" } },
  update: { request: { 3: "Olds", 4: "News", 8: "OldInputs" }, response: { 1: "Properties" } },
  delete: { request: { 3: "Properties", 5: "OldInputs" }, response: {} },
};

/** The service's definition with properties read and written by ourselves; everything else is the SDK's. */
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

/** Takes the properties' bytes out of the message, and hands the rest to the SDK. */
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
