import type { Properties, Value } from "../values/properties.ts";

/**
 * Properties from the bytes of a protobuf `Struct`, and back.
 *
 * The SDK's classes make three objects of every value on the way; in a preview of a thousand policies, more than half of the provider's
 * time and most of its memory went there.
 * @see https://protobuf.dev/programming-guides/encoding/
 * @see https://protobuf.dev/reference/protobuf/google.protobuf/#struct
 */
export function readStruct(bytes: Buffer): Properties {
  return readProperties(new Reader(bytes), bytes.length);
}

export function writeStruct(properties: Properties): Buffer {
  const writer = new Writer();
  writeProperties(writer, properties);
  return writer.bytes();
}

/** How a field's value is encoded; the two others of protobuf are long gone. */
const wireType = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/** Field numbers of `google.protobuf.Value`. */
const valueField = { null: 1, number: 2, string: 3, bool: 4, struct: 5, list: 6 } as const;

/** The engine writes keys in no order, another each time; what is shown to people has to have one. */
function readProperties(reader: Reader, end: number): Properties {
  const entries: [key: string, value: Value][] = [];
  while (reader.position < end) {
    reader.varint();
    const entryEnd = reader.length();
    let key = "";
    let value: Value = null;
    while (reader.position < entryEnd) {
      const field = reader.varint() >>> 3;
      const partEnd = reader.length();
      if (field === 1) key = reader.text(partEnd);
      else value = readValue(reader, partEnd);
    }
    entries.push([key, value]);
  }
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function readValue(reader: Reader, end: number): Value {
  let value: Value = null;
  while (reader.position < end) {
    switch (reader.varint() >>> 3) {
      case valueField.number:
        value = reader.double();
        break;
      case valueField.string:
        value = reader.text(reader.length());
        break;
      case valueField.bool:
        value = reader.varint() !== 0;
        break;
      case valueField.struct:
        value = readProperties(reader, reader.length());
        break;
      case valueField.list:
        value = readList(reader, reader.length());
        break;
      default:
        reader.varint();
        value = null;
    }
  }
  return value;
}

function readList(reader: Reader, end: number): Value[] {
  const values: Value[] = [];
  while (reader.position < end) {
    reader.varint();
    values.push(readValue(reader, reader.length()));
  }
  return values;
}

/** Goes through bytes from the beginning. */
export class Reader {
  position = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.position++];
      if (byte === undefined) throw new Error("the engine's message ends too early");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  /** Reads a length. @returns where what has that length ends */
  length(): number {
    const length = this.varint();
    return this.position + length;
  }

  text(end: number): string {
    const text = this.#bytes.toString("utf8", this.position, end);
    this.position = end;
    return text;
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.position);
    this.position += 8;
    return value;
  }

  /** Passes over a value of any type. */
  skip(type: number): void {
    if (type === wireType.varint) this.varint();
    else if (type === wireType.delimited) this.position = this.length();
    else this.position += type === wireType.fixed64 ? 8 : 4;
  }
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

/** Writes from the end to the beginning: so each length, which stands in front, is known when it is written. */
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
