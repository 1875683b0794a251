import { waysByOtherMeans } from "./by-other-means.ts";
import { waysThroughObjects } from "./through-objects.ts";
import type { WayIn } from "./way-in.ts";

export { declaredTables } from "./way-in.ts";

export const waysIn: readonly WayIn[] = [...waysThroughObjects, ...waysByOtherMeans];
