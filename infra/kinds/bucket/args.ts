import { z } from "zod";
import { argsObject } from "../../sql/written.ts";

export const bucketArgs = argsObject({
  /** The bucket's name: 1 to 100 letters, digits and `_!.*'() &$=@;:+,?-`. Changing it replaces the bucket. Default: the resource's name. */
  name: z
    .string()
    .regex(/^[\w!.*'() &$=@;:+,?-]{1,100}$/, "a bucket's name has 1 to 100 of letters, digits and _!.*'() &$=@;:+,?-")
    .refine((name) => name.trim() === name, "a bucket's name can't begin or end with a space"),
  /** Whether anybody may download its files by URL, whatever the policies say. Default: false. */
  public: z.boolean().default(false),
  /** The largest file that can be uploaded: a number of bytes, or a text such as `"50MB"` (decimal units). Default: the project's limit. */
  fileSizeLimit: z
    .union([z.number(), z.string()], "write bytes, or a number with kB, MB or GB, such as 50MB")
    .optional(),
  /** The MIME types that can be uploaded; `image/*` stands for every image. Default: any. */
  allowedMimeTypes: z
    .array(z.string().regex(/^[\w.+-]+\/(\*|[\w.+-]+)$/, "a MIME type looks like image/png or image/*"))
    .min(1)
    .optional(),
  /** Whether images are served as AVIF to browsers that accept it. Default: false. */
  avifAutodetection: z.boolean().default(false),
});
