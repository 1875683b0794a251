import { ExclusivePolicies, FileBucket, firstFolder, sql, storageObjects } from "pulumi-palisade";
import type { HelperFunctions } from "./functions.ts";

const images = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const documents = [
  "application/pdf",
  "text/plain",
  "text/csv",
  "application/zip",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation",
];

/** The buckets. The first folder of a file's path says who owns the file. */
export function declareStorage(functions: HelperFunctions): void {
  const myOrganizations = sql`any (array(select ${functions.currentOrganizationIds}()))`;
  const administered = sql`any (array(select ${functions.currentAdminOrganizationIds}()))`;
  const me = sql`(select ${functions.currentUserId}())`;

  const attachments = new FileBucket("attachments", {
    folder: "organizationId",
    fileSizeLimit: "50MB",
    allowedMimeTypes: [...images, ...documents],
    readableBy: sql`${firstFolder} = ${myOrganizations}`,
    writableBy: sql`${firstFolder} = ${myOrganizations}`,
    deletableBy: sql`${firstFolder} = ${administered}`,
  });
  const avatars = new FileBucket("avatars", {
    public: true,
    folder: "userId",
    fileSizeLimit: "5MB",
    allowedMimeTypes: images,
    readableBy: sql`${firstFolder} = ${me}`,
    writableBy: sql`${firstFolder} = ${me}`,
  });
  const publicAssets = new FileBucket("public-assets", {
    public: true,
    folder: "organizationId",
    fileSizeLimit: "10MB",
    allowedMimeTypes: [...images, "application/pdf"],
    readableBy: sql`${firstFolder} = ${administered}`,
    writableBy: sql`${firstFolder} = ${administered}`,
  });
  // A policy that somebody adds in the dashboard is reported and dropped.
  new ExclusivePolicies("storage.objects", { table: storageObjects, policies: [attachments, avatars, publicAssets] });
}
