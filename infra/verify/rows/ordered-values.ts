import { now } from "./operand.ts";
import type { Bound, Restriction } from "./restriction.ts";

/** A type whose values can be mapped to numbers: numbers, dates, times. */
export interface OrderedType {
  /** The number for a constant; NaN if there is none. */
  read(text: string): number;
  write(value: number): string;
  readonly least: number;
  readonly most: number;
  /** The distance between two adjacent values. */
  readonly step: number;
  /**
   * The base of values. Adding row and column numbers to it makes them differ between rows, and increase from column to
   * column.
   */
  readonly first: number;
  readonly perRow: number;
  readonly perColumn: number;
  /** The base of values of unique columns, far away from those of existing rows. */
  readonly firstUnique: number;
}

/** @param modifier of `numeric(p, s)`, `timestamp(p)`; -1: none */
export function orderedType(name: string, modifier: number): OrderedType | undefined {
  if (name === "numeric") return numeric(modifier);
  return Object.hasOwn(types, name) ? types[name] : undefined;
}

export interface OrderedWish {
  readonly number: number;
  readonly column: number;
  readonly isUnique: boolean;
  readonly restriction: Restriction;
}

/** A number that meets the restriction, if there is one. */
export function orderedValue(type: OrderedType, { number, column, isUnique, restriction }: OrderedWish): number {
  const { oneOf, noneOf = [] } = restriction;
  const [least, most] = limits(type, restriction);
  const excluded = noneOf.map((text) => type.read(text));
  const given = (oneOf ?? []).map((text) => type.read(text));
  const fitting = given.filter((value) => value >= least && value <= most && !excluded.includes(value));
  if (fitting.length > 0) return fitting[number % fitting.length] ?? type.first;
  const { first, firstUnique, perRow, perColumn, step } = type;
  const rows = isUnique ? number : number % 11;
  const wanted = (isUnique ? firstUnique : first) + rows * perRow + (column % 60) * perColumn;
  let value = within(wanted, least, most, step, type);
  for (let tries = 0; excluded.includes(value) && tries < 50; tries++) {
    value = within(value + step, least, most, step, type);
  }
  return value;
}

function limits(type: OrderedType, { atLeast, atMost }: Restriction): readonly [number, number] {
  const bound = (each: Bound | undefined, direction: 1 | -1, otherwise: number) => {
    const value = each === undefined ? Number.NaN : type.read(each.value);
    return each === undefined || Number.isNaN(value)
      ? otherwise
      : value + (each.isExclusive ? direction * type.step : 0);
  };
  return [Math.max(type.least, bound(atLeast, 1, type.least)), Math.min(type.most, bound(atMost, -1, type.most))];
}

/**
 * The value if it is in the range, or else another one in it that differs as much as possible from other rows' values.
 */
function within(value: number, least: number, most: number, step: number, type: OrderedType): number {
  if (value >= least && value <= most) return value;
  const distance = Math.abs(value - type.first);
  const room = Math.floor((most - least) / step) + 1;
  if (room <= 1) return least;
  const steps = Math.floor(distance / step) % Math.min(room, 2 ** 31);
  return value > most ? most - steps * step : least + steps * step;
}

const minute = 60_000;
const day = 24 * 60 * minute;
const start = Date.parse("2024-01-01T00:00:00Z");

function whole(bytes: 2 | 4 | 8): OrderedType {
  const most = { 2: 32_767, 4: 2_147_483_647, 8: 9_000_000_000_000_000 }[bytes];
  const firstUnique = { 2: 1000, 4: 2_000_000_000, 8: 4_000_000_000_000 }[bytes];
  return {
    read: readNumber,
    write: (value) => String(Math.round(value)),
    ...{ least: -most, most, step: 1, first: 2, firstUnique },
    ...{ perRow: bytes === 2 ? 1 : 64, perColumn: 1 },
  };
}

function numeric(modifier: number): OrderedType {
  if (modifier < 0) return { ...whole(4), most: 1e12, least: -1e12, step: 0.01, write: (value) => value.toFixed(2) };
  const precision = ((modifier - 4) >> 16) & 0xffff;
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  const step = 10 ** -scale;
  const most = Math.min(10 ** (precision - scale) - step, 1e14);
  return {
    read: readNumber,
    write: (value) => value.toFixed(Math.max(scale, 0)),
    ...{ least: -most, most, step, first: Math.min(2, most / 2), firstUnique: most / 2 },
    ...{ perRow: precision - scale > 3 ? 1 : step, perColumn: step },
  };
}

function moment(write: (value: number) => string, perRow = 60 * minute, step = 1000): OrderedType {
  return {
    read: readMoment,
    write,
    ...{ least: Date.parse("1000-01-01"), most: Date.parse("9000-01-01"), step, first: start, firstUnique: start },
    ...{ perRow, perColumn: Math.max(minute, step) },
  };
}

/** A time of day, in seconds. */
function timeOfDay(suffix: string): OrderedType {
  return {
    read: readClock,
    write: (value) => `${new Date(value * 1000).toISOString().slice(11, 19)}${suffix}`,
    ...{ least: 0, most: 86_399, step: 1, first: 3600, firstUnique: 3600, perRow: 61, perColumn: 600 },
  };
}

const stamp = (value: number) => new Date(value).toISOString().replace("T", " ").slice(0, 19);

const types: Readonly<Record<string, OrderedType>> = {
  int2: whole(2),
  int4: whole(4),
  int8: whole(8),
  oid: { ...whole(4), least: 1 },
  float4: { ...whole(4), most: 1e6, firstUnique: 500_000, step: 0.0625, perRow: 1, write: String },
  float8: { ...whole(4), step: 0.0625, write: String },
  money: { ...whole(4), step: 0.01, write: (value) => value.toFixed(2) },
  date: moment((value) => stamp(value).slice(0, 10), day, day),
  timestamp: moment(stamp),
  timestamptz: moment((value) => `${stamp(value)}+00`),
  time: timeOfDay(""),
  timetz: timeOfDay("+00"),
  interval: { ...whole(4), read: readInterval, write: (value) => `${value} seconds`, least: 0, first: 60 },
};

function readNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text.replace(/[$,]/g, ""));
}

function readMoment(text: string): number {
  if (text === now) return Date.parse("2090-01-01T00:00:00Z");
  const [, date, time = "00:00:00", zone = "+00"] =
    /^(\d{4}-\d\d-\d\d)[ T]?([\d:.]+)?([+-]\d\d(?::?\d\d)?)?/.exec(text) ?? [];
  return date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone.length === 3 ? `${zone}:00` : zone}`);
}

function readClock(text: string): number {
  const [, hours, minutes, seconds = "0"] = /^(\d\d):(\d\d)(?::(\d\d))?/.exec(text) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function readInterval(text: string): number {
  const units = { year: 31_557_600, mon: 2_629_800, day: 86_400, hour: 3600, min: 60, sec: 1 };
  const clock = /(\d+):(\d\d):(\d\d)/.exec(text);
  const parts = [...text.matchAll(/(-?\d+) (year|mon|day|hour|min|sec)/g)];
  if (clock === null && parts.length === 0) return Number.NaN;
  const [, hours = 0, minutes = 0, seconds = 0] = clock ?? [];
  const counted = parts.map(([, count, unit]) => Number(count) * units[unit as keyof typeof units]);
  return counted.reduce((sum, each) => sum + each, Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}
