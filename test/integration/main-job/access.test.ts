import { beforeAll } from "vitest";
import { describeApplication } from "../../support/application.ts";
import { describeAddresses } from "./access/addresses.ts";
import { describeCatalog } from "./access/catalog.ts";
import { describeChannels } from "./access/channels.ts";
import { describeConsent } from "./access/consent.ts";
import { describeFiles } from "./access/files.ts";
import { describeGivenColumns } from "./access/given-columns.ts";
import { describeOwners } from "./access/owners.ts";
import { populate } from "./access/people.ts";
import { describePrisma } from "./access/prisma.ts";
import { describeRemoval } from "./access/removal.ts";
import { describeResponsibility } from "./access/responsibility.ts";
import { describeRest } from "./access/rest.ts";
import { describeSigningUp } from "./access/signing-up.ts";
import { describeTables } from "./access/tables.ts";
import { describeTampering } from "./access/tampering.ts";

// One deployment serves all of them: what a test changes is rolled back.
describeApplication(
  "two organisations in one database",
  (application) => {
    beforeAll(() => populate(application));
    describeCatalog(application);
    describeTables(application);
    describeRest(application);
    describeTampering(application);
    describeSigningUp(application);
    describeAddresses(application);
    describeConsent(application);
    describeRemoval(application);
    describeOwners(application);
    describeGivenColumns(application);
    describeResponsibility(application);
    describeFiles(application);
    describeChannels(application);
    describePrisma(application);
  },
  [18, 17, 15],
);
