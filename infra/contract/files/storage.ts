import { inComment } from "../comments.ts";
import type { Contract, ContractBucket } from "../contract.ts";
import type { ContractFiles } from "../files.ts";
import { templates } from "../templates.ts";

/** A value for each bucket. */
export function storageFiles({ buckets }: Contract): ContractFiles {
  if (buckets.length === 0) return {};
  const classes = [
    ...(buckets.some(({ isPublic }) => !isPublic) ? ["PrivateBucket"] : []),
    ...(buckets.some(({ isPublic }) => isPublic) ? ["PublicBucket"] : []),
  ];
  return {
    ...templates("storage/bucket.ts"),
    "storage.ts": `
import { ${classes.join(", ")} } from "./storage/bucket.ts";

export { type FilePath, FileRefusedError, toFileName } from "./storage/bucket.ts";

${buckets.map(writeBucket).join("\n\n")}
`,
  };
}

function writeBucket(bucket: ContractBucket): string {
  const { identifier, name, isPublic, folders, fileSizeLimit, allowedMimeTypes } = bucket;
  const settings = [
    `name: ${JSON.stringify(name)},`,
    `folders: ${JSON.stringify(folders)},`,
    ...(fileSizeLimit === undefined ? [] : [`fileSizeLimit: ${group(fileSizeLimit)},`]),
    ...(allowedMimeTypes === undefined ? [] : [`allowedMimeTypes: ${JSON.stringify(allowedMimeTypes)},`]),
  ];
  return `/** ${inComment(describe(bucket))} */
export const ${identifier} = new ${isPublic ? "PublicBucket" : "PrivateBucket"}({
${settings.join("\n")}
});`;
}

function describe({ name, isPublic, folders }: ContractBucket): string {
  const audience = isPublic
    ? "Anybody can fetch its files by their URL"
    : "Its files are fetched by those whom its policies let, or by a signed URL";
  const [folder] = folders;
  return `The bucket \`${name}\`. ${audience}${folder === undefined ? "." : `; a path begins with ${folder}.`}`;
}

/** Groups digits: 50_000_000 instead of 50000000. */
function group(number: number): string {
  return String(number).replaceAll(/\B(?=(\d{3})+$)/g, "_");
}
