import { describe, expect, it } from "vitest";
import { describeFileError } from "../../infra/errors/file-error.mjs";
import { unary } from "../../infra/provider/unary.ts";
import { refuseProjectPath } from "../../infra/settings/project-path.mjs";

describe("the path of a project", () => {
  it.each(["/home/me/what?", "/home/me/c#", "/home/me/100% mine", "/home/me/p%41x", "/home/me/a\\b", "/home/me/a\nb"])(
    "is refused in a sentence, with what to do: %j",
    (path) => {
      expect(() => refuseProjectPath(path)).toThrow(
        /The path of this project.*rename the folder, or move the project/s,
      );
    },
  );

  it.each(["/home/me/my app", '/home/me/"app"', "/home/me/$HOME", "/home/me/it's & more; (1)", "/home/mü/日本"])(
    "may have what else a path has: %j",
    (path) => {
      expect(() => refuseProjectPath(path)).not.toThrow();
    },
  );
});

describe("a file that the system refuses", () => {
  it.each(["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR", "EISDIR"])("is named with what to do: %s", (code) => {
    const error = Object.assign(new Error(`${code}: words of the system`), { code, path: "/project/.palisade" });
    expect(describeFileError(error)).toMatch(
      new RegExp(`^/project/\\.palisade (can't|lies|should) .*: .*\\(${code}\\)$`),
    );
  });

  it("is named so by the provider as well", async () => {
    const refusal = Object.assign(new Error("EROFS: mkdir"), { code: "EROFS", path: "/project/.palisade/seen" });
    const answer = await new Promise((resolve) => unary(() => Promise.reject(refusal))({} as never, resolve));
    expect(answer).toMatchObject({ details: expect.stringMatching(/^\/project\/\.palisade\/seen lies on a disk/) });
  });

  it("is told from other errors", () => {
    expect(describeFileError(new Error("ENOSPC"))).toBeUndefined();
    expect(describeFileError(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))).toBeUndefined();
    expect(describeFileError("EACCES")).toBeUndefined();
  });
});
