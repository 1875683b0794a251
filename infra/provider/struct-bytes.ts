import protobuf, { type BinaryReader } from "google-protobuf";
import type { Properties, Value } from "../values/properties.ts";

/**
 * Properties from the bytes of a protobuf `Struct`, and back.
 *
 * The SDK's classes make three objects for every value; in a preview of a thousand policies, that took more than half of the provider's
 * time and most of its memory.
 * @see https://protobuf.dev/reference/protobuf/google.protobuf/#struct
 */
export function readStruct(bytes: Uint8Array): Properties {
  return readProperties(readerOf(bytes));
}

export function writeStruct(properties: Properties): Buffer {
  const writer = new Writer();
  writeProperties(writer, properties);
  return writer.bytes();
}

/** The library copies a `Buffer`, and reads any other view where it is. */
export function readerOf({ buffer, byteOffset, length }: Uint8Array): BinaryReader {
  return new protobuf.BinaryReader(new Uint8Array(buffer, byteOffset, length));
}

/** How a field's value is encoded, as far as a `Struct` has it. */
const wireType = { varint: 0, fixed64: 1, delimited: 2 } as const;

/** Field numbers of `google.protobuf.Value`. */
const valueField = { null: 1, number: 2, string: 3, bool: 4, struct: 5, list: 6 } as const;

/** The engine writes keys in a random order; sorted, they are always shown in the same one. */
function readProperties(reader: BinaryReader): Properties {
  const entries: [key: string, value: Value][] = [];
  while (reader.nextField()) {
    let key = "";
    let value: Value = null;
    readContent(reader, () => {
      while (reader.nextField()) {
        if (reader.getFieldNumber() === 1) key = reader.readString();
        else readContent(reader, () => (value = readValue(reader)));
      }
    });
    entries.push([key, value]);
  }
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function readValue(reader: BinaryReader): Value {
  let value: Value = null;
  while (reader.nextField()) {
    switch (reader.getFieldNumber()) {
      case valueField.number:
        value = reader.readDouble();
        break;
      case valueField.string:
        value = reader.readString();
        break;
      case valueField.bool:
        value = reader.readBool();
        break;
      case valueField.struct:
        readContent(reader, () => (value = readProperties(reader)));
        break;
      case valueField.list:
        readContent(reader, () => (value = readList(reader)));
        break;
      default:
        reader.skipField();
        value = null;
    }
  }
  return value;
}

function readList(reader: BinaryReader): Value[] {
  const values: Value[] = [];
  while (reader.nextField()) readContent(reader, () => values.push(readValue(reader)));
  return values;
}

/** Reads a field that has fields itself. */
function readContent(reader: BinaryReader, read: () => unknown): void {
  // The library hands the object to the function, which has no use for it.
  reader.readMessage({}, read);
}

function writeProperties(writer: Writer, properties: Properties): void {
  for (const [key, value] of Object.entries(properties).reverse()) {
    const end = writer.position;
    const valueEnd = writer.position;
    writeValue(writer, value);
    writer.delimit(2, valueEnd);
    writer.text(1, key);
    writer.delimit(1, end);
  }
}

function writeValue(writer: Writer, value: Value | undefined): void {
  if (typeof value === "string") writer.text(valueField.string, value);
  else if (typeof value === "boolean") writer.flag(valueField.bool, value);
  else if (typeof value === "number") writer.double(valueField.number, value);
  else if (value === null) writer.flag(valueField.null, false);
  else if (Array.isArray(value)) {
    const end = writer.position;
    for (const item of value.toReversed()) {
      const itemEnd = writer.position;
      writeValue(writer, item);
      writer.delimit(1, itemEnd);
    }
    writer.delimit(valueField.list, end);
  } else if (typeof value === "object") {
    const end = writer.position;
    writeProperties(writer, value as Properties);
    writer.delimit(valueField.struct, end);
  } else throw new Error(`a property can't be ${typeof value}`);
}

/**
 * Writes from the end to the beginning, so that the length in front of a field's content is known when it is written. The library's own
 * writer takes twice the time for this, and most of it in the first hundred objects.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class Writer {
  #bytes = Buffer.allocUnsafe(4096);
  /** Counted from the end, so that it stays what it is when the buffer grows. */
  position = 0;

  bytes(): Buffer {
    return this.#bytes.subarray(this.#bytes.length - this.position);
  }

  text(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.#reserve(length);
    this.#bytes.write(text, this.#bytes.length - this.position, length);
    this.delimit(field, this.position - length);
  }

  double(field: number, value: number): void {
    this.#reserve(8);
    this.#bytes.writeDoubleLE(value, this.#bytes.length - this.position);
    this.#tag(field, wireType.fixed64);
  }

  flag(field: number, value: boolean): void {
    this.#varint(value ? 1 : 0);
    this.#tag(field, wireType.varint);
  }

  /** Makes a field of what was written since the position. */
  delimit(field: number, since: number): void {
    this.head(field, this.position - since);
  }

  /** What stands before the content of a field. */
  head(field: number, length: number): void {
    this.#varint(length);
    this.#tag(field, wireType.delimited);
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    let size = 1;
    for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
    this.#reserve(size);
    const start = this.#bytes.length - this.position;
    let rest = value;
    for (let index = 0; index < size - 1; index++) {
      this.#bytes[start + index] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[start + size - 1] = rest;
  }

  /** Makes room in front, and goes there. */
  #reserve(size: number): void {
    const { length } = this.#bytes;
    if (this.position + size > length) {
      const larger = Buffer.allocUnsafe(Math.max(length * 2, this.position + size));
      this.#bytes.copy(larger, larger.length - this.position, length - this.position);
      this.#bytes = larger;
    }
    this.position += size;
  }
}
