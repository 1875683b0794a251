// The SDK's protocol stubs are CommonJS files whose exports Node's module loader can't detect, so everything is in the
// default export.
import engineDefinition from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import sdkDefinition from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerMessages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { withPlainStructs } from "./plain-struct.ts";

export { engineDefinition, engineMessages, pluginMessages, providerMessages };
export const serviceDefinition = withPlainStructs(sdkDefinition.ResourceProviderService);
export const { Empty } = empty;
