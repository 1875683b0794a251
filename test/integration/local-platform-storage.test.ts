import { describe, expect, it } from "vitest";
import { describePlatform } from "./local-platform.ts";
import { describeSchemas, realStorage } from "./local-platform-real-schema.ts";

const guarded = "42501 Direct deletion from storage tables is not allowed. Use the Storage API instead.";

describePlatform("the storage of the local database", ({ trying }) => {
  it.each(Object.keys(realStorage) as (keyof typeof realStorage)[])(
    "has a hosted project's %s, and no others",
    async (kind) => {
      await trying(async (session) => {
        expect((await describeSchemas(session, ["storage"]))[kind]).toEqual(realStorage[kind]);
      });
    },
  );

  it("gives a bucket the platform's defaults, and knows three types", async () => {
    await trying(async ({ run, refusal }) => {
      await run("insert into storage.buckets (id, name) values ('attachments', 'attachments')");
      expect(
        await run(`select public, avif_autodetection, file_size_limit, allowed_mime_types, type::text,
                   created_at is not null as dated from storage.buckets`),
      ).toEqual([
        {
          public: false,
          avif_autodetection: false,
          file_size_limit: null,
          allowed_mime_types: null,
          type: "STANDARD",
          dated: true,
        },
      ]);
      await run("insert into storage.buckets (id, name, type) values ('a', 'a', 'ANALYTICS'), ('v', 'v', 'VECTOR')");
      expect(await refusal("insert into storage.buckets (id, name, type) values ('x', 'x', 'OTHER')")).toMatch(
        /^22P02 /,
      );
    });
  });

  it("lets postgres insert and update buckets, with sizes beyond four bytes and lists of types", async () => {
    await trying(async ({ run, value }) => {
      await run(
        "insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values ('b', 'b', true, 50000000, $1)",
        [["image/png", "image/jpeg"]],
      );
      await run("update storage.buckets set public = false, file_size_limit = 5000000000 where id = 'b'");
      expect(await value("select file_size_limit from storage.buckets")).toBe("5000000000");
    });
  });

  it("refuses two buckets of one name, and a name of more than 100 characters", async () => {
    await trying(async ({ run, refusal }) => {
      await run("insert into storage.buckets (id, name) values ('a', 'same')");
      expect(await refusal("insert into storage.buckets (id, name) values ('b', 'same')")).toMatch(/^23505 /);
      await run("insert into storage.buckets (id, name) values ('c', repeat('c', 100))");
      expect(await refusal("insert into storage.buckets (id, name) values ('d', repeat('d', 101))")).toMatch(
        /too long/,
      );
    });
  });

  it("keeps objects to existing buckets, one of a name in each", async () => {
    await trying(async ({ run, value, refusal }) => {
      await run("insert into storage.buckets (id, name) values ('a', 'a'), ('b', 'b')");
      await run(
        "insert into storage.objects (bucket_id, name) values ('a', 'org/1/plan.pdf'), ('b', 'org/1/plan.pdf')",
      );
      expect(await refusal("insert into storage.objects (bucket_id, name) values ('a', 'org/1/plan.pdf')")).toMatch(
        /^23505 /,
      );
      expect(await refusal("insert into storage.objects (bucket_id, name) values ('c', 'x')")).toMatch(/^23503 /);
      expect(await value("select path_tokens from storage.objects where bucket_id = 'a'")).toEqual([
        "org",
        "1",
        "plan.pdf",
      ]);
    });
  });

  it.each([
    ["org/1/plan.v2.pdf", ["org", "1"], "plan.v2.pdf", "pdf"],
    ["plan.pdf", [], "plan.pdf", "pdf"],
    ["a/b/", ["a", "b"], "", ""],
  ])("takes the path %s apart", async (path, folder, file, extension) => {
    await trying(async ({ value }) => {
      expect(await value("select storage.foldername($1)", [path])).toEqual(folder);
      expect(await value("select storage.filename($1)", [path])).toBe(file);
      expect(await value("select storage.extension($1)", [path])).toBe(extension);
    });
  });

  it("refuses to delete rows of buckets or objects, even ones that match nothing, without the platform's setting", async () => {
    await trying(async ({ run, value, refusal }) => {
      await run("insert into storage.buckets (id, name) values ('a', 'a')");
      await run("insert into storage.objects (bucket_id, name) values ('a', 'x')");
      expect(await refusal("delete from storage.objects where name = 'x'")).toBe(guarded);
      expect(await refusal("delete from storage.buckets where id = 'no such'")).toBe(guarded);
      await run("set local storage.allow_delete_query = 'false'");
      expect(await refusal("delete from storage.objects")).toBe(guarded);
      await run("set local storage.allow_delete_query = 'true'");
      await run("delete from storage.objects");
      await run("delete from storage.buckets");
      expect(await value("select count(*)::int from storage.buckets")).toBe(0);
    });
  });

  it("refuses to delete a bucket that holds objects, whatever is set", async () => {
    await trying(async ({ run, refusal }) => {
      await run("insert into storage.buckets (id, name) values ('a', 'a')");
      await run("insert into storage.objects (bucket_id, name) values ('a', 'x')");
      await run("set local storage.allow_delete_query = 'true'");
      expect(await refusal("delete from storage.buckets where id = 'a'")).toMatch(/^23503 .*objects_bucketId_fkey/);
    });
  });

  it("doesn't guard truncate", async () => {
    await trying(async ({ run, value }) => {
      await run("insert into storage.buckets (id, name) values ('a', 'a')");
      await run("insert into storage.objects (bucket_id, name) values ('a', 'x')");
      await run("truncate storage.objects");
      expect(await value("select count(*)::int from storage.objects")).toBe(0);
    });
  });

  it("has row-level security on every table, no policy, and one owner", async () => {
    await trying(async ({ run }) => {
      expect(
        await run(`select relname from pg_class where relnamespace = 'storage'::regnamespace and relkind = 'r'
                   and not (relrowsecurity and relowner = 'supabase_storage_admin'::regrole)`),
      ).toEqual([]);
      expect(await run("select polname from pg_policy")).toEqual([]);
    });
  });

  it("grants everything on buckets and objects to the API's roles, and to postgres with grant option", async () => {
    await trying(async ({ value }) => {
      for (const table of ["storage.buckets", "storage.objects"]) {
        for (const role of ["anon", "authenticated", "service_role"]) {
          for (const privilege of ["select", "insert", "update", "delete", "truncate", "references", "trigger"]) {
            expect(await value("select has_table_privilege($1, $2, $3)", [role, table, privilege])).toBe(true);
          }
        }
        const granted = "select has_table_privilege('postgres', $1, 'select with grant option')";
        expect(await value(granted, [table])).toBe(true);
      }
    });
  });

  it("lets a signed-in user upload and read what a policy allows, and nobody list buckets without one", async () => {
    await trying(async ({ run, value, refusal }) => {
      await run("insert into storage.buckets (id, name) values ('attachments', 'attachments')");
      await run(`create policy own_folder on storage.objects for all to authenticated
        using (bucket_id = 'attachments' and (storage.foldername(name))[1] = (select auth.jwt() ->> 'sub'))`);
      await run("set local role authenticated");
      await run("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: "test-user-123" })]);
      await run("insert into storage.objects (bucket_id, name) values ('attachments', 'test-user-123/plan.pdf')");
      expect(await value("select count(*)::int from storage.objects")).toBe(1);
      expect(
        await refusal("insert into storage.objects (bucket_id, name) values ('attachments', 'somebody/plan.pdf')"),
      ).toBe('42501 new row violates row-level security policy for table "objects"');
      expect(await value("select count(*)::int from storage.buckets")).toBe(0);
      await run("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: "somebody" })]);
      expect(await value("select count(*)::int from storage.objects")).toBe(0);
      await run("set local role anon");
      expect(await value("select count(*)::int from storage.objects")).toBe(0);
    });
  });

  describe("lists files", () => {
    const files = ["red/plan.pdf", "red/2026/budget.pdf", "blue/plan.pdf", "logo.png", "Readme.txt"];
    const listing = (query: string) =>
      trying(async ({ run }) => {
        await run("insert into storage.buckets (id, name) values ('a', 'a'), ('b', 'b')");
        await run(
          "insert into storage.objects (bucket_id, name, created_at) select 'a', name, '2026-01-01'::date + n::int from unnest($1::text[]) with ordinality as file (name, n)",
          [files],
        );
        await run("insert into storage.objects (bucket_id, name) values ('b', 'elsewhere.txt')");
        return (await run(query)).map(({ name, id }) => (id === null ? `${name}/` : name));
      });

    it.each([
      ["list_objects_with_delimiter('a', '', '/')", ["Readme.txt", "blue/", "logo.png", "red/"]],
      ["list_objects_with_delimiter('a', 'red/', '/')", ["red/2026/", "red/plan.pdf"]],
      ["list_objects_with_delimiter('a', '', '/', 2, 'blue')", ["logo.png", "red/"]],
      ["list_objects_with_delimiter('a', '', '/', 2, '', '', 'desc')", ["red/", "logo.png"]],
      ["search('', 'a')", ["blue/", "logo.png", "Readme.txt", "red/"]],
      ["search('red/', 'a', 100, 2)", ["2026/", "plan.pdf"]],
      ["search('', 'a', 100, 1, 0, 'RE')", ["Readme.txt", "red/"]],
      ["search('', 'a', 2, 1, 1)", ["logo.png", "Readme.txt"]],
      ["search('', 'a', 100, 1, 0, '', 'created_at', 'desc')", ["red/", "blue/", "Readme.txt", "logo.png"]],
      ["search_v2('red/', 'a', 100, 2)", ["red/2026/", "red/plan.pdf"]],
      ["search_v2('', 'a', 100, 1, '', 'desc', 'created_at')", ["Readme.txt", "logo.png", "blue/", "red/"]],
      ["search_v2('', 'a', 100, 1, 'blue', 'asc', 'created_at', '2026-01-04')", ["logo.png", "Readme.txt"]],
    ])("by %s", async (call, expected) => {
      expect(await listing(`select name, id from storage.${call}`)).toEqual(expected);
    });

    it("only those that policies show to whoever asks", async () => {
      await trying(async ({ run, value }) => {
        await run("insert into storage.buckets (id, name) values ('a', 'a')");
        await run("insert into storage.objects (bucket_id, name) values ('a', 'red/x'), ('a', 'blue/x')");
        await run("create policy red on storage.objects for select to authenticated using (starts_with(name, 'red/'))");
        await run("set local role authenticated");
        for (const call of ["list_objects_with_delimiter('a', '', '/')", "search('', 'a')", "search_v2('', 'a')"]) {
          expect(await value(`select array_agg(name) from storage.${call}`)).toEqual(["red"]);
        }
      });
    });
  });

  it("tells the Storage API's operations apart, by their long and their short names", async () => {
    await trying(async ({ run, value }) => {
      expect(await value("select storage.allow_only_operation('object.move')")).toBe(false);
      await run("set local storage.operation = 'storage.object.move'");
      expect(await value("select storage.operation()")).toBe("storage.object.move");
      for (const [call, answer] of [
        ["allow_only_operation('object.move')", true],
        ["allow_only_operation('storage.object.move')", true],
        ["allow_only_operation('object')", false],
        ["allow_only_operation(null)", false],
        ["allow_any_operation('{object.list, object.move}')", true],
        ["allow_any_operation('{}')", false],
      ]) {
        expect([call, await value(`select storage.${call}`)]).toEqual([call, answer]);
      }
    });
  });

  it("tries an upload, and takes it back", async () => {
    await trying(async ({ run, value, refusal }) => {
      await run("insert into storage.buckets (id, name) values ('a', 'a')");
      expect(await refusal("select storage.can_insert_object('a', 'x', null, '{}')")).toBe("PT200 ROLLBACK");
      expect(await value("select count(*)::int from storage.objects")).toBe(0);
      await run("set local role authenticated");
      expect(await refusal("select storage.can_insert_object('a', 'x', null, '{}')")).toMatch(
        /^42501 new row violates/,
      );
    });
  });

  it("adds up each bucket's size", async () => {
    await trying(async ({ run }) => {
      await run("insert into storage.buckets (id, name) values ('a', 'a')");
      await run(
        `insert into storage.objects (bucket_id, name, metadata) values ('a', 'x', '{"size": 1}'), ('a', 'y', '{"size": 5000000000}')`,
      );
      expect(await run("select * from storage.get_size_by_bucket()")).toEqual([{ size: "5000000001", bucket_id: "a" }]);
    });
  });
});
