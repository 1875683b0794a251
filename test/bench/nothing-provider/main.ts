import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import definition from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";

/**
 * What the engine itself costs: a provider that is started as ours is and does nothing. Check gives back the inputs, Create makes an id,
 * Read finds what the state says, Diff finds no difference. It asks for a refresh before each update, as ours does, unless
 * BENCH_REFRESH is `false`.
 */
export async function runPlugin(): Promise<void> {
  const server = new Server({ "grpc.max_receive_message_length": 1 << 28, "grpc.max_send_message_length": 1 << 28 });
  server.addService(definition.ResourceProviderService as never, implementation as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.stdout.write(`${port}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
}

const refreshes = process.env.BENCH_REFRESH !== "false";

const implementation = {
  handshake: answer(() => new messages.ProviderHandshakeResponse()),
  attach: answer(() => new empty.Empty()),
  getPluginInfo: answer(() => new pluginMessages.PluginInfo().setVersion("0.1.0")),
  getSchema: answer(() => new messages.GetSchemaResponse().setSchema("{}")),
  checkConfig: answer((request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
  diffConfig: answer(() => new messages.DiffResponse()),
  configure: answer(() => {
    const response = new messages.ConfigureResponse();
    response.setSupportspreview(true);
    return response;
  }),
  check: answer((request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
  diff: answer(() => {
    const response = new messages.DiffResponse();
    response.setHasdetaileddiff(true);
    response.setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE);
    return response;
  }),
  create: answer((request: messages.CreateRequest) => {
    const response = new messages.CreateResponse().setProperties(request.getProperties());
    response.setRefreshBeforeUpdate(refreshes);
    return request.getPreview() ? response : response.setId(request.getName() || "id");
  }),
  read: answer((request: messages.ReadRequest) => {
    const response = new messages.ReadResponse().setId(request.getId());
    response.setRefreshBeforeUpdate(refreshes);
    return response.setInputs(request.getInputs()).setProperties(request.getProperties());
  }),
  update: answer((request: messages.UpdateRequest) => {
    const response = new messages.UpdateResponse().setProperties(request.getNews());
    response.setRefreshBeforeUpdate(refreshes);
    return response;
  }),
  delete: answer(() => new empty.Empty()),
  cancel: answer(() => new empty.Empty()),
  getMapping: answer(() => new messages.GetMappingResponse()),
  getMappings: answer(() => new messages.GetMappingsResponse()),
};

function answer<Request, Response>(work: (request: Request) => Response) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void =>
    callback(null, work(call.request));
}
