import { type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { describeError, InputError, sqlStateOf, toInputError } from "../errors/errors.ts";
import { describeFileError } from "../errors/file-error.mjs";

/** Answers one call with its result, or with an error for the engine to print. */
export function unary<Request, Response>(work: (request: Request) => Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    work(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => {
        // Anything else is a bug, or an error of the system.
        const isForPerson = error instanceof InputError || sqlStateOf(error) !== undefined;
        callback(
          isForPerson
            ? { code: status.FAILED_PRECONDITION, details: describeError(toInputError(error)) }
            : { code: status.INTERNAL, details: describeFileError(error) ?? describeError(error) },
        );
      },
    );
  };
}
