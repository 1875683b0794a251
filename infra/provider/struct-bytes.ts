import { type Properties, setOwn, type Value } from "../values/properties.ts";

/**
 * Decodes properties from the bytes of a protobuf `Struct`, and encodes them.
 *
 * The SDK's classes create three objects for every value. In a preview of a thousand policies, that took more than half
 * of the provider's time and most of its memory.
 * @see https://protobuf.dev/programming-guides/encoding/
 * @see https://protobuf.dev/reference/protobuf/google.protobuf/#struct
 */
export function readStruct(bytes: Buffer): Properties {
  return readProperties(new Reader(bytes), bytes.length);
}

/** Only the properties with these names. */
export function readNamed(bytes: Buffer, names: readonly string[]): Properties {
  return readProperties(new Reader(bytes), bytes.length, names);
}

export function writeStruct(properties: Properties): Buffer {
  const writer = new Writer();
  writeProperties(writer, properties);
  return writer.copy(0);
}

/** The encodings of a field's value, without protobuf's two deprecated ones. */
const wireType = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/** Field numbers of `google.protobuf.Value`. */
const valueField = { null: 1, number: 2, string: 3, bool: 4, struct: 5, list: 6 } as const;

/**
 * The engine writes keys in a different order each time, and output for people needs a stable one. Each key is inserted
 * in its place: an object has few, and `sort` would allocate as much as everything else.
 */
function readProperties(reader: Reader, end: number, names?: readonly string[]): Properties {
  const keys: string[] = [];
  const values: Value[] = [];
  while (reader.position < end) {
    reader.varint();
    const entryEnd = reader.length();
    let key: string | undefined;
    let value: Value = null;
    while (reader.position < entryEnd) {
      const field = reader.varint() >>> 3;
      const partEnd = reader.length();
      if (field === 1) key = reader.text(partEnd);
      else if (key === undefined || isWanted(key, names)) value = readValue(reader, partEnd);
      else reader.position = partEnd;
    }
    if (isWanted(key ?? "", names)) insert(keys, values, key ?? "", value);
  }
  const properties: { [key: string]: Value } = {};
  for (let index = 0; index < keys.length; index++) setOwn(properties, keys[index] as string, values[index] as Value);
  return properties;
}

function insert(keys: string[], values: Value[], key: string, value: Value): void {
  let index = keys.length;
  for (; index > 0 && (keys[index - 1] as string) > key; index--) {
    keys[index] = keys[index - 1] as string;
    values[index] = values[index - 1] as Value;
  }
  keys[index] = key;
  values[index] = value;
}

function isWanted(key: string, names: readonly string[] | undefined): boolean {
  return names === undefined || names.includes(key);
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

/** `toString("utf8", start, end)` without its argument checks, which take as long again for a short text. */
type Utf8 = { utf8Slice(start: number, end: number): string };

/** Reads bytes from the start. */
export class Reader {
  position = 0;
  readonly #bytes: Buffer & Utf8;

  constructor(bytes: Buffer) {
    this.#bytes = bytes as Buffer & Utf8;
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

  /** Reads a length. @returns the end of what has that length */
  length(): number {
    const length = this.varint();
    return this.position + length;
  }

  text(end: number): string {
    const text = this.#bytes.utf8Slice(this.position, end);
    this.position = end;
    return text;
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.position);
    this.position += 8;
    return value;
  }

  /** Skips a value of any type. */
  skip(type: number): void {
    if (type === wireType.varint) this.varint();
    else if (type === wireType.delimited) this.position = this.length();
    else this.position += type === wireType.fixed64 ? 8 : 4;
  }
}

export function writeProperties(writer: Writer, properties: Properties): void {
  const keys = Object.keys(properties);
  for (let index = keys.length - 1; index >= 0; index--) {
    const key = keys[index] as string;
    const end = writer.position;
    writeValue(writer, properties[key]);
    writer.delimit(2, end);
    writer.text(1, key);
    writer.delimit(1, end);
  }
}

function writeList(writer: Writer, values: readonly Value[]): void {
  for (let index = values.length - 1; index >= 0; index--) {
    const end = writer.position;
    writeValue(writer, values[index]);
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
    writeList(writer, value);
    writer.delimit(valueField.list, end);
  } else if (typeof value === "object") {
    const end = writer.position;
    writeProperties(writer, value as Properties);
    writer.delimit(valueField.struct, end);
  } else throw new Error(`a property can't be ${typeof value}`);
}

/** Writes from the end to the start, so that each length, which comes first, is known when it is written. */
export class Writer {
  #bytes = Buffer.allocUnsafe(4096);
  /** Counted from the end, so that it stays valid when the buffer grows. */
  position = 0;

  /** What was written since the position. */
  copy(since: number): Buffer {
    const { length } = this.#bytes;
    return Buffer.from(this.#bytes.subarray(length - this.position, length - since));
  }

  bytes(bytes: Buffer): void {
    const start = this.#reserve(bytes.length);
    this.#bytes.set(bytes, start);
  }

  text(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    const start = this.#reserve(length);
    this.#bytes.write(text, start, length);
    this.#head(field, length);
  }

  double(field: number, value: number): void {
    const start = this.#reserve(8);
    this.#bytes.writeDoubleLE(value, start);
    this.#varint(field * 8 + wireType.fixed64);
  }

  flag(field: number, value: boolean): void {
    this.#varint(value ? 1 : 0);
    this.#varint(field * 8 + wireType.varint);
  }

  /** Turns what was written since the position into a field. */
  delimit(field: number, since: number): void {
    this.#head(field, this.position - since);
  }

  #head(field: number, length: number): void {
    this.#varint(length);
    this.#varint(field * 8 + wireType.delimited);
  }

  #varint(value: number): void {
    let size = 1;
    for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
    const start = this.#reserve(size);
    let rest = value;
    for (let index = 0; index < size - 1; index++) {
      this.#bytes[start + index] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[start + size - 1] = rest;
  }

  /** Makes room before the position. @returns its start */
  #reserve(size: number): number {
    const { length } = this.#bytes;
    this.position += size;
    if (this.position <= length) return length - this.position;
    const larger = Buffer.allocUnsafe(Math.max(length * 2, this.position));
    this.#bytes.copy(larger, larger.length - length);
    this.#bytes = larger;
    return larger.length - this.position;
  }
}
