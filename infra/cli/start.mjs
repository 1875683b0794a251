// Every `npm run …` of this project starts here: plain JavaScript without dependencies, so that it can say what is
// missing before anything is installed. Only the check below may run on an old Node, so nothing is imported above it.

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Palisade needs Node.js 20.19 or later; this is ${process.version}.\n` +
      "Install a current release (https://nodejs.org, or your version manager) and run the command again.",
  );
  process.exit(1);
} else {
  import("./start/main.mjs")
    .then(({ main }) => main(process.argv.slice(2)))
    .then(
      (exitCode) => process.exit(exitCode),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
}
