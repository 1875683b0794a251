import { type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { describeUnexpected } from "../errors/bug.ts";
import { describeError, explainServerError, isExpected } from "../errors/errors.ts";
import { describeFileError } from "../errors/file-error.mjs";

/** Answers one call with its result, or with an error for the engine to print. */
export function unary<Request, Response>(work: (request: Request) => Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    work(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => {
        callback(
          isExpected(error)
            ? { code: status.FAILED_PRECONDITION, details: describeError(explainServerError(error)) }
            : { code: status.INTERNAL, details: describeFileError(error) ?? describeUnexpected(error) },
        );
      },
    );
  };
}
