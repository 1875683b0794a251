/** The API of a `verify.ts` file: who the people are, and who may do what. */

export {
  type Allows,
  type ChannelRules,
  type ColumnName,
  channelsOf,
  defineVerification,
  type Equivalent,
  type FileRules,
  type FixtureValue,
  type FurtherRow,
  type FurtherValues,
  filesOf,
  type People,
  type RowCommand,
  rowsOf,
  type TableName,
  type TableRules,
  type Verification,
  type Who,
} from "./verify/declaration.ts";
export {
  everybody,
  members,
  nobody,
  owner,
  type Person,
  type Row,
  signedIn,
  type Values,
  withRole,
} from "./verify/who.ts";
