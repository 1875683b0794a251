// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { Bucket, ExclusivePolicies, Policy, sql, storageObjects } from "pulumi-palisade";
import { getStorageFilenameAsUuid, hasPermission, hasRoleOnAccount } from "./functions.js";

new Policy("Give users access to own folder 1oj01fe_0", {
  table: storageObjects,
  command: "select",
  roles: ["authenticated"],
  using: sql`
    ${storageObjects.bucketId} = 'contracts'
    and (auth.uid())::text = (storage.foldername(${storageObjects.name}))[1]`,
});

new Policy("Give users access to own folder 1oj01fe_1", {
  table: storageObjects,
  command: "insert",
  roles: ["authenticated"],
  withCheck: sql`
    ${storageObjects.bucketId} = 'contracts'
    and (auth.uid())::text = (storage.foldername(${storageObjects.name}))[1]
    and storage.extension(${storageObjects.name}) = any (array['pdf', 'docx'])`,
});

new Policy("account_image", {
  table: storageObjects,
  using: sql`
    ${storageObjects.bucketId} = 'account_image'
    and (
      ${getStorageFilenameAsUuid}(${storageObjects.name}) = auth.uid()
      or ${hasRoleOnAccount}(${getStorageFilenameAsUuid}(${storageObjects.name}))
    )`,
  withCheck: sql`
    ${storageObjects.bucketId} = 'account_image'
    and (
      ${getStorageFilenameAsUuid}(${storageObjects.name}) = auth.uid()
      or ${hasPermission}(auth.uid(), ${getStorageFilenameAsUuid}(${storageObjects.name}), 'settings.manage')
    )`,
});

new ExclusivePolicies("storage.objects", {
  table: storageObjects,
  policies: ["Give users access to own folder 1oj01fe_0", "Give users access to own folder 1oj01fe_1", "account_image"],
});

new Bucket("account_image", { public: true });

new Bucket("contracts");
