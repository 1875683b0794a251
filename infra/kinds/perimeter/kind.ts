import { describeFinding, type Finding, formatObject, newFindings, objectKinds } from "../../access/reach/finding.ts";
import { readReachable } from "../../access/reach/read.ts";
import { selectAll } from "../../catalog/part.ts";
import { readCatalog } from "../../catalog/read.ts";
import type { Session } from "../../database/database.ts";
import { InputError, type Problem } from "../../errors/errors.ts";
import type { Context } from "../../lifecycle/context.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { findUndeclaredReach, readUndeclaredReach, type UndeclaredReach } from "../../lifecycle/undeclared.ts";
import type { Properties } from "../../values/properties.ts";
import { perimeterArgs } from "./args.ts";
import { closeWaysIn, describeOpen } from "./close.ts";
import { shownObjects, tellOnce } from "./tell.ts";
import { unusedExceptions, waysIn } from "./ways-in.ts";

export type Perimeter = Properties & {
  readonly schemas?: readonly string[];
  readonly except: readonly { readonly object: string; readonly because: string }[];
  readonly enforce: "report" | "close";
  /** The findings: each object that can be reached although no resource declares it, and how. */
  readonly reach?: { readonly [object: string]: string };
};

const id = "perimeter";

/**
 * What requests can reach although no resource declares it.
 * @see https://supabase.com/docs/guides/api/securing-your-api
 */
export const perimeter: Kind<Perimeter, typeof perimeterArgs> = {
  name: "Perimeter",
  description: "Everything that requests to the API can reach; what no resource declares is drift.",
  input: perimeterArgs,
  replaceOn: [],
  settings: ["schemas", "except", "enforce"],
  derived: ["reach"],

  async normalise({ schemas, except, enforce }) {
    const problems = exceptionProblems(except);
    if (problems.length > 0) return problems;
    const sorted = [...except].sort((left, right) => (left.object < right.object ? -1 : 1));
    return { ...(schemas === undefined ? {} : { schemas: [...new Set(schemas)].sort() }), except: sorted, enforce };
  },

  identify: () => id,
  importId() {
    throw new InputError(
      "a perimeter is nothing in the database that could be imported: declare it, and the next preview compares",
    );
  },
  claims: () => [{ on: "perimeter", description: "what the API's roles can reach" }],
  texts: () => [],
  probes: () => [],
  reads: [],
  scope: () => [],
  find: () => undefined,
  plan: () => [],
  remove: () => [],

  async derive(declared, context) {
    const found = await look(context);
    if (found === undefined) {
      context.report(
        "info",
        "what no resource declares is not looked for: not all that the program declares is known here",
      );
      return declared;
    }
    const { server } = await context.operation.snapshot();
    const [open, pending] = [waysIn(found.now, declared), waysIn(found.pending, declared)];
    const unused = unusedExceptions([...found.now, ...found.pending], declared);
    tellOnce({ open, pending, unused, server }, declared, context);
    return open.length === 0 ? declared : { ...declared, reach: describeReach(open) };
  },

  async execute({ desired, operation, context, report }) {
    if (desired === undefined) {
      report("what nobody declares is no longer looked for; nothing is changed");
      return;
    }
    if (desired.enforce === "close") await close(desired, operation, context);
  },

  findingsWithin: waysIn,

  guard(args, operation) {
    if (args.enforce !== "close") return undefined;
    let before: readonly Finding[] = [];
    const lookIn = async (session: Session) =>
      waysIn(findUndeclaredReach(await readReachable(session), operation), args);
    return {
      async before(session) {
        before = await lookIn(session);
      },
      async after(session) {
        const opened = newFindings(before, await lookIn(session)).filter(({ remedy }) => remedy.length > 0);
        const open = await closeWaysIn(opened, session, () => lookIn(session));
        if (open.length > 0) {
          throw new InputError(
            `the migration opens what the perimeter closes: ${open.map(describeOpen).join("; ")}. Nothing was changed; declare it, or make an exception`,
          );
        }
      },
    };
  },
};

function exceptionProblems(except: readonly { readonly object: string }[]): Problem[] {
  const seen = new Set<string>();
  return except.flatMap(({ object }, index) => {
    const message = seen.has(object)
      ? `there is an exception for ${object} already`
      : objectKinds.some((kind) => object.startsWith(`${kind} `))
        ? undefined
        : `${JSON.stringify(object)} names no object; write its kind and name as the preview does, such as "table public.countries"`;
    seen.add(object);
    return message === undefined ? [] : [{ path: ["except", index, "object"], message }];
  });
}

/** By object, so that each shows as a property's difference. */
function describeReach(findings: readonly Finding[]): { readonly [object: string]: string } {
  const reach = new Map<string, string>();
  for (const finding of findings) {
    const object = formatObject(finding.object);
    const earlier = reach.get(object);
    reach.set(object, [...(earlier === undefined ? [] : [earlier]), describeFinding(finding)].join("; "));
  }
  return Object.fromEntries(reach);
}

/** Undefined: the declarations are not known, so that everything would seem undeclared. */
async function look({ operation, urn }: Context): Promise<UndeclaredReach | undefined> {
  return operation.declarations.isCompleteBeside(urn) ? await readUndeclaredReach(operation) : undefined;
}

/**
 * Closes what the preview showed. This includes access that resources leaving the program still hold, because they are
 * removed after this.
 */
async function close(desired: Perimeter, operation: Operation, context: Context): Promise<void> {
  const shown = shownObjects(context);
  const { report } = context;
  const database = await operation.database();
  const { open, fresh, readings } = await database.transaction(
    async (session) => {
      const lookAgain = async () => waysIn(findUndeclaredReach(await readReachable(session), operation), desired);
      const found = await lookAgain();
      const isShown = ({ object }: Finding) => shown.has(formatObject(object));
      const [closing, fresh] = [found.filter(isShown), found.filter((finding) => !isShown(finding))];
      if (closing.length === 0) return { open: [], fresh };
      const all = selectAll(operation.parts);
      const before = await readCatalog(session, all);
      const open = await closeWaysIn(closing, session, lookAgain);
      return { open, fresh, readings: { before, after: await readCatalog(session, all) } };
    },
    { onRetry: (message) => report("info", message) },
  );
  if (readings !== undefined) operation.noteReadings(readings.before, readings.after);
  for (const each of open) report("warning", describeOpen(each));
  for (const finding of fresh) {
    report("warning", `${describeFinding(finding)}. That is new since the preview, and stays for the next one to show`);
  }
}
