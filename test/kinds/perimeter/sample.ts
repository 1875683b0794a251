import type { RefusedDeclaration, Sample } from "../sample.ts";

const made = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `a perimeter ${title}`,
  kind: "Perimeter",
  input,
  property,
  says,
});

const exception = { object: "table public.countries", because: "a list that everybody may read" };

/** What is drift of it is about other objects, and is tested in test/integration/perimeter.test.ts. */
export const sample: Sample = {
  input: () => ({ schemas: ["public"], except: [exception], enforce: "close" }),
  others: {},
  identity: [],
  drifts: [],
  imports: {
    isRefused: true,
    accepted: [],
    refused: [["perimeter", "nothing in the database that could be imported"]],
  },
  refused: [
    made("of no schema", { schemas: [] }, "schemas", /the list is empty; name at least one/),
    made("of schemas that are one text", { schemas: "public" }, "schemas", /it must be a list/),
    made("with an exception without a reason", { except: [{ object: "table public.a" }] }, "except[0].because", /./),
    made("with an empty reason", { except: [{ ...exception, because: "" }] }, "except[0].because", /./),
    made("with an exception for nothing", { except: [{ ...exception, object: "" }] }, "except[0].object", /./),
    made(
      "with an exception for an object without its kind",
      { except: [{ ...exception, object: "public.countries" }] },
      "except[0].object",
      /write its kind and name/,
    ),
    made(
      "with two exceptions for one object",
      { except: [exception, exception] },
      "except[1].object",
      /there is an exception/,
    ),
    made("that is enforced in another way", { enforce: "warn" }, "enforce", /./),
    made("with a property that there is not", { exceptions: [] }, "exceptions", /there is no such property/),
    {
      title: "perimeters twice",
      kind: "Perimeter",
      beside: [{ kind: "Perimeter", name: "first", input: {} }],
      input: {},
      property: "",
      says: /what the API's roles can reach already belongs? to the resource first/,
    },
  ],
  replacements: {},
  withoutReach: {
    reachAfter: "it closes only what its preview has found, and names each object",
    answersFor: "it is about what no other resource declares",
  },
  hostile: "it has no name in the database",
};
