import { CustomResource } from "@pulumi/pulumi";

class Schema extends CustomResource {}

// One resource: without any, the engine starts no provider.
new Schema("palisade:index:Schema", "empty", { name: "empty_program" });
