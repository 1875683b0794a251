// A program whose engine was killed has nobody to write to. Pulumi's SDK takes the failed write for an uncaught error and writes about
// that, and about the next, for ever and with a whole processor. So the program ends here.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", () => process.exit(1));
}
