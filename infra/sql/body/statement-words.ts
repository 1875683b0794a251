/**
 * The first words of PL/pgSQL's statements.
 * @see https://www.postgresql.org/docs/current/plpgsql-statements.html
 */
export const compoundWords = ["declare", "begin", "if", "case", "while", "for", "foreach", "loop"];
export const queryWords = ["select", "insert", "update", "delete", "merge", "with", "values", "table"];
/** Statements that neither read rows nor create, alter or drop an object. */
export const harmlessWords =
  "null get fetch move close commit rollback set reset notify listen unlisten lock truncate analyze explain grant revoke comment refresh".split(
    " ",
  );
/** Those that only PL/pgSQL has. */
export const ownWords = "null get fetch move close commit rollback".split(" ");
export const raiseLevels = ["debug", "log", "info", "notice", "warning", "exception"];

/**
 * A handler for one of these expects that something does not exist.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const expectedConditions = new Set(
  (
    "undefined_table undefined_column undefined_function undefined_object invalid_schema_name datatype_mismatch cannot_coerce " +
    "syntax_error syntax_error_or_access_rule_violation wrong_object_type sqlstate feature_not_supported"
  ).split(" "),
);
