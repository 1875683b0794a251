import fc from "fast-check";
import { hostileStates } from "../hostile.ts";
import type { Sample } from "../sample.ts";
import { drifts } from "./drifts.ts";
import { refused } from "./refused.ts";

const hostileBucket = fc.record(
  {
    public: fc.boolean(),
    fileSizeLimit: fc.integer({ min: 1 }),
    allowedMimeTypes: fc.array(fc.constantFrom("image/png", "image/*", "text/x.y+z"), { minLength: 1 }),
  },
  { requiredKeys: [] },
);

export const sample: Sample = {
  input: (key) => ({
    name: `drift-${key}`,
    public: true,
    fileSizeLimit: "5MB",
    allowedMimeTypes: ["image/png", "image/jpeg"],
    avifAutodetection: true,
  }),
  others: { fileSizeLimit: 1, allowedMimeTypes: "text/html" },
  identity: ["name"],
  drifts,
  imports: {
    setup: `insert into storage.buckets (id, name) values ('Pictures', 'Pictures')`,
    accepted: [["Pictures", "Pictures"]],
    refused: [
      ["pictures", "Write 'Pictures'"],
      ["none", "the bucket none does not exist"],
    ],
  },
  refused,
  replacements: {
    name: {
      program: (age) => `new Bucket("replaced bucket", { name: "${age}-bucket" });`,
      after: [
        "select array_agg(id) as buckets from storage.buckets where id like '%-bucket'",
        { buckets: ["old-bucket", "new-bucket"] },
      ],
      use: "insert into storage.objects (bucket_id, name) values ('old-bucket', 'a.txt')",
    },
  },
  hostile: fc
    .stringMatching(/^[\w!.*'()&$@=;:+,?-][\w!.*'() &$@=;:+,?-]{0,40}[\w!.*'()&$@=;:+,?-]$/)
    .chain((name) => hostileStates(hostileBucket, { name }, [name])),
};
