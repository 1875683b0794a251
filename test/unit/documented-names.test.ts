import { beforeAll, describe, expect, it } from "vitest";
import { Examples } from "../support/examples.ts";

describe("every name that the package exports", () => {
  let examples: Examples;
  beforeAll(() => {
    examples = new Examples();
  });

  it("is documented, with an example", () => {
    expect(examples.names.length).toBeGreaterThan(30);
    const lacking = examples.names.filter(
      ({ documentation, examples }) => documentation === "" || examples.length === 0,
    );
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });

  it("has examples that compile", () => {
    const texts = examples.names.flatMap(({ name, examples }) => examples.map((text) => ({ name, text })));
    expect(examples.errorsIn(texts)).toEqual([]);
  });

  it("would fail where an example names what does not exist", () => {
    const text = "new Bucket(`a`, { publik: true }); sql`${app.tasks.organisationId}`;";
    expect(examples.errorsIn([{ name: "Bucket", text }])).toEqual([
      expect.stringContaining("'publik' does not exist"),
      expect.stringContaining("Did you mean 'organizationId'?"),
    ]);
  });
});
