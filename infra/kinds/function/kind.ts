import { effectsOnFunction } from "../../access/effects/effect.ts";
import { privilegeOf, withFunction, withoutFunction } from "../../access/reach/overlay.ts";
import { functionIdentity, functions } from "../../catalog/functions.ts";
import { select } from "../../catalog/part.ts";
import { probeRole } from "../../catalog/probes/role.ts";
import { planExecute } from "../../desired/execute.ts";
import { InputError } from "../../errors/errors.ts";
import { noteBlastRadius } from "../../inspection/blast-radius.ts";
import { refuseRecursionThrough } from "../../inspection/recursion.ts";
import { tellUnanswerableThrough } from "../../inspection/rights.ts";
import { findShadowing } from "../../inspection/shadowing.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { normaliseOwner, type Owned, ownerProblems, planOwner, refuseForeignOwner } from "../../lifecycle/owner.ts";
import { routineIdOf } from "../../lifecycle/routine-id.ts";
import { readFunctionText } from "../../sql/function-text.ts";
import { withoutLeakproof } from "../../sql/leakproof.ts";
import { orReplace } from "../../sql/or-replace.ts";
import { grammarMessage, loadParser } from "../../sql/parser.ts";
import { platformSchemaProblem } from "../../sql/platform-schemas.ts";
import { nameProblem, quoteLiteral } from "../../sql/quote.ts";
import { quoteSignature, readSignature, splitSignature } from "../../sql/signature.ts";
import { adoptable } from "./adopt.ts";
import { functionArgs } from "./args.ts";
import { findFaults } from "./body/find-faults.ts";
import { functionContradictions } from "./contradictions.ts";
import { findDependents } from "./dependents.ts";
import { describeUse, exchangeFunction, functionKind, isOwn } from "./exchange.ts";
import { previewExchange } from "./preview-exchange.ts";
import { probeFunction } from "./probe.ts";

export type DatabaseFunction = Owned & {
  readonly signature: string;
  readonly definition: string;
  readonly execute: readonly string[];
  /** Live only: roles with the grant option for EXECUTE, which can't be declared. */
  readonly executeWithGrantOption?: readonly string[];
};

export const databaseFunction: Kind<DatabaseFunction, typeof functionArgs> = {
  name: functionKind,
  description: "A function or procedure with who may execute it.",
  input: functionArgs,
  replaceOn: ["signature"],
  derived: ["signature"],
  liveOnly: ["executeWithGrantOption"],

  async normalise({ definition, execute, ...declared }, { server }) {
    await loadParser();
    let signature: string;
    try {
      const read = readSignature(definition);
      const problem =
        platformSchemaProblem(read, "Use a schema of your own") ??
        (read.schema.startsWith("pg_temp")
          ? "a temporary function is gone with its session; use a schema of your own"
          : undefined) ??
        nameProblem(read.schema) ??
        nameProblem(read.name);
      if (problem !== undefined) return [{ path: ["definition"], message: problem }];
      signature = functionIdentity(read);
    } catch (error) {
      if (error instanceof InputError) return [{ path: ["definition"], message: error.message }];
      throw error;
    }
    try {
      readFunctionText(definition);
    } catch (error) {
      return [{ path: ["definition"], message: `in the function's body: ${grammarMessage(error)}` }];
    }
    const owner = normaliseOwner(declared.owner, server);
    const problems = [
      ...execute.flatMap((role) => nameProblem(role) ?? []).map((message) => ({ path: ["execute"], message })),
      ...ownerProblems(owner, execute, ["execute"]),
    ];
    if (problems.length > 0) return problems;
    return { signature, definition, owner, execute: [...new Set(execute)].sort() };
  },

  identify: (args) => args.signature,
  adoptable,
  importId: (id, catalog) => routineIdOf(id, catalog.functions),
  answersFor: ({ signature }) => [{ kind: "function", id: signature }],
  claims: ({ signature }) => [{ on: `function ${signature}`, description: `the function ${signature}` }],
  access: (args) => ({ kind: "function", signature: args.signature, declared: args }),
  roles: ({ owner, execute }) => ({ owner, recipients: execute }),
  reachAfter(reachable, { signature, owner, definition, execute, executeWithGrantOption = [] }, becomes) {
    if (becomes === "removed") return withoutFunction(reachable, signature);
    const { isSecurityDefiner, resultType, source } = readFunctionText(definition);
    const { schema, name } = splitSignature(signature);
    return withFunction(reachable, {
      ...{ schema, name, signature, owner, isSecurityDefiner, isExtension: false },
      returns: resultType ?? "void",
      source: source ?? definition,
      privileges: [
        ...execute.map((role) => privilegeOf(role, "execute")),
        ...executeWithGrantOption.map((role) => privilegeOf(role, "execute with grant option")),
      ],
    });
  },
  conflicts({ signature }, { replacements }) {
    const { schema } = splitSignature(signature);
    const message = leavingSchemaProblem(schema, replacements.successorOf({ schema }));
    return message === undefined ? [] : [{ path: ["definition"], message }];
  },
  texts: ({ signature, definition }) => {
    const path = ["definition"];
    return [{ path, sql: definition, probe: probeFunction(path, quoteSignature(signature), orReplace(definition)) }];
  },
  probes: (args) => [
    ...databaseFunction.texts(args).map((text) => text.probe),
    ...args.execute.map((role) => probeRole(["execute"], role)),
  ],
  isCalledByPolicies: true,
  makes: ({ signature }) => {
    const { schema, name } = splitSignature(signature);
    return { schema, name };
  },
  assumptions: (args) => [orReplace(args.definition)],
  reads: [functions],
  scope: (id) => [select(functions, [splitSignature(id)])],
  find(catalog, id) {
    const row = catalog.functions.get(id);
    if (row === undefined) return undefined;
    const { definition, owner, execute, executeWithGrantOption } = row;
    return {
      signature: id,
      definition,
      owner,
      execute,
      ...(executeWithGrantOption.length > 0 ? { executeWithGrantOption } : {}),
    };
  },

  async inspect({ live, desired, former, operation, report }) {
    const home = splitSignature(desired.signature);
    await refuseForeignOwner({ id: desired.signature, live, desired, operation, report, home });
    await refuseNewLeakproof(live, desired, operation);
    await previewExchange({ live, desired, former, quote: quoteSignature, operation });
    await refuseRecursionThrough(operation, desired.signature, report);
    const shadowing = await findShadowing(operation, desired.signature);
    if (shadowing.length > 0) report(shadowing.map((found) => `definition: ${found}`).join("\n"), "warning");
    const { signature, definition } = desired;
    const isKept = live?.definition === definition;
    await tellUnanswerableThrough(operation, { signature, definition: isKept ? undefined : definition }, report);
    if (isKept) return;
    const faults = await findFaults({ signature, quoted: quoteSignature(signature), definition }, operation);
    if (faults.length > 0) report(faults.map((fault) => `definition: ${fault}`).join("\n"), "warning");
  },

  async notes({ live, desired, operation }) {
    if (live === undefined || isSameFunction(live, desired)) return [];
    return await noteBlastRadius(operation, desired.signature);
  },

  plan(live, desired, server) {
    const target = `routine ${quoteSignature(desired.signature)}`;
    const replace =
      live === undefined
        ? [orReplace(desired.definition)]
        : live.definition === desired.definition
          ? []
          : [replaceOrRenew(target, orReplace(desired.definition))];
    return [
      ...(live === undefined ? [] : planOwner(target, live.owner, desired.owner)),
      ...replace,
      ...(live === undefined ? planOwner(target, server.user, desired.owner) : []),
      ...planExecute(target, live, desired),
    ];
  },
  async obstacles({ signature }, { session, operation }) {
    const found = await findDependents(session, quoteSignature(signature));
    const foreign = found.filter((dependent) => !isOwn(dependent, operation));
    return foreign.length === 0
      ? []
      : [
          `${describeUse(foreign)}. Take it out of use there first, or declare the new function by another resource beside it`,
        ];
  },
  exchange: ({ session, operation, id, successor, work }) =>
    exchangeFunction(
      { session, operation, successor: successor === undefined ? undefined : quoteSignature(successor) },
      quoteSignature(id),
      work,
    ),
  remove: (live) => [`drop routine ${quoteSignature(live.signature)}`],
  /** Nobody should execute a function that does something different from what is declared. */
  contradictions: (effects, { id, inputs }) => functionContradictions(effects, id, inputs),
  narrow(live, reference) {
    if (live === undefined) return undefined;
    const isAsBefore = live.definition === reference.definition;
    const { signature, definition } = live;
    const execute = isAsBefore ? live.execute.filter((role) => reference.execute.includes(role)) : [];
    return { signature, definition, owner: reference.owner, execute };
  },
  postpone(declared, live, later) {
    const own = effectsOnFunction(later, declared.signature).filter(({ target }) => target.kind === "function");
    const isToCome = own[0]?.does === "defines";
    return live === undefined && isToCome ? undefined : declared;
  },
};

/** Whether both do the same, with the rights of the same role. */
function isSameFunction(live: DatabaseFunction, desired: DatabaseFunction): boolean {
  return live.definition === desired.definition && live.owner === desired.owner;
}

/**
 * A role that is not a superuser may keep a LEAKPROOF function and change who may execute it, but may not change its
 * definition.
 */
async function refuseNewLeakproof(
  live: DatabaseFunction | undefined,
  desired: DatabaseFunction,
  operation: Operation,
): Promise<void> {
  const { server } = await operation.snapshot();
  const [declared] = databaseFunction.texts(desired);
  const [stored] = live === undefined ? [] : databaseFunction.texts(live);
  if (server.isSuperuser || declared === undefined || !withoutLeakproof(desired.definition).isLeakproof) return;
  if (stored?.sql === declared.sql) return;
  const pairs = stored === undefined ? [] : [{ left: stored.probe, right: declared.probe }];
  const [isSame = false] = await operation.questions.meanTheSame(pairs);
  if (isSame) return;
  throw new InputError({
    path: ["definition"],
    message: `only superuser can define a leakproof function, and ${server.user} is none. Leave LEAKPROOF out, or have a superuser make the function exactly as declared; it is then adopted`,
  });
}

function leavingSchemaProblem(schema: string, successor: string | undefined): string | undefined {
  return successor === undefined
    ? undefined
    : `the schema ${schema} is replaced by ${successor} in this update; put the function there, or declare the new schema by another resource beside this one`;
}

/**
 * Replaces the function in place if PostgreSQL can. Otherwise drops and creates it, which PostgreSQL refuses while
 * anything depends on the function.
 */
function replaceOrRenew(target: string, definition: string): string {
  const replace = `execute ${quoteLiteral(definition)}`;
  const body = `begin ${replace}; exception when invalid_function_definition or wrong_object_type then drop ${target}; ${replace}; end`;
  return `do ${quoteLiteral(body)}`;
}
