import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { WrittenAs, WrittenType } from "../sql/written.ts";

/**
 * The arguments of a resource's class, derived from the schema that check uses. The type maps the schema's shape key by
 * key, so that editors show the doc comments of the schema's properties.
 *
 * A value may be an output; a table, column or SQL text may be one of this package's values. Objects must be plain, and
 * so must lists that have an alternative form, so that a class can inspect them.
 *
 * `Optional` lists properties that the schema requires but a class may omit.
 */
export type ArgsOf<Schema extends z.ZodObject, Optional extends keyof Schema["shape"] = never> = PropertiesOf<
  Schema["shape"],
  Optional | OptionalIn<Schema["shape"]>
>;

type PropertiesOf<Shape, Optional extends keyof Shape> = {
  readonly [Key in keyof Omit<Shape, Optional>]: ArgOf<Shape[Key]>;
} & {
  readonly [Key in keyof Pick<Shape, Optional>]?: ArgOf<Shape[Key]>;
};

type OptionalIn<Shape> = {
  [Key in keyof Shape]: Shape[Key] extends z.ZodOptional | z.ZodDefault ? Key : never;
}[keyof Shape];

/** One property of such arguments. */
export type ArgOf<Schema> =
  Schema extends WrittenAs<unknown>
    ? WrittenType<Schema>
    : Schema extends z.ZodOptional<infer Inner> | z.ZodDefault<infer Inner>
      ? ArgOf<Inner>
      : Schema extends z.ZodArray<infer Item>
        ? pulumi.Input<readonly ArgOf<Item>[]>
        : z.input<Schema> extends Scalar
          ? pulumi.Input<z.input<Schema>>
          : Plain<Schema>;

type Plain<Schema> =
  Schema extends WrittenAs<unknown>
    ? WrittenType<Schema>
    : Schema extends z.ZodObject
      ? ArgsOf<Schema>
      : Schema extends z.ZodRecord<infer Key, infer Value>
        ? RecordOf<Key, ArgOf<Value>>
        : Schema extends z.ZodUnion<infer Options>
          ? Plain<Options[number]>
          : Schema extends z.ZodArray<infer Item>
            ? readonly Plain<Item>[]
            : z.input<Schema>;

type RecordOf<Key, Value> =
  Key extends WrittenAs<infer Name extends string>
    ? { readonly [key in Name]?: Value }
    : { readonly [key: string]: Value };

type Scalar = string | number | boolean;
