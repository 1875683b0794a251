/** Settings of Pulumi's in one form or another: what the engine makes of them is what the engine says. */
export interface Form {
  readonly project?: string;
  readonly stack?: string;
  /** The stack's file, where it has another name. */
  readonly stackFile?: string;
  readonly projectFile?: string;
  /** Bytes, where text would not do. */
  readonly bytes?: Uint8Array;
  readonly args?: readonly string[];
}

const project = "name: palisade\nruntime: nodejs\n";
const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
const utf16be = (text: string) => Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, "utf16le").swap16()]);

export const forms: Readonly<Record<string, Form>> = {
  "nothing at all": {},
  "an empty file": { stack: "" },
  "a comment alone": { stack: "# config: {palisade:connection: X}\n" },
  "another key": { stack: "config:\n  aws:region: x\n  palisade:adopt: true\n" },
  "a key that only ends alike": { stack: "config:\n  other:palisade-connection: X\n" },
  "a line of a text": { stack: "config:\n  other:text: |\n    palisade:connection: X\n" },
  "a value that looks so": { stack: 'config:\n  other:text: "palisade:connection: X"\n' },
  "no configuration, but a key beside it": { stack: "palisade:connection: X\n" },
  "a plain line": { stack: "config:\n  palisade:connection: X\n" },
  "quotes, one and two": { stack: "'config':\n  \"palisade:connection\": 'X'\n" },
  "flow style": { stack: "config: {palisade:connection: X}\n" },
  "flow style over lines": { stack: "config: {\n  palisade:connection:\n    X, other:a: b,\n}\n" },
  "JSON in YAML": { stack: '{"config":{"palisade:connection":"X"}}' },
  "a colon without a space, which is a part of the key": { stack: "config: {other:a:X}\n" },
  "a question mark": { stack: "config:\n  ? palisade:connection\n  : X\n" },
  escapes: { stack: 'config:\n  "palisade\\x3aconnectio\\u006e": "\\x58"\n' },
  "an anchor": { stack: "config: &c\n  palisade:connection: &x X\n  other:a: *x\n" },
  "an alias for the value": { stack: "name: &x X\nconfig:\n  palisade:connection: *x\n" },
  "an alias for the key": { stack: "name: &k palisade:connection\nconfig:\n  *k : X\n" },
  "an alias for all of it": { stack: "base: &b {palisade:connection: X}\nconfig: *b\n" },
  "a merge": { stack: "base: &b {palisade:connection: X}\nconfig:\n  <<: *b\n  other:a: b\n" },
  "merges of which the first wins": {
    stack: "a: &a {palisade:connection: A}\nb: &b {palisade:connection: B}\nconfig:\n  <<: [*a, *b]\n",
  },
  "a merge that is overridden, above": {
    stack: "b: &b {palisade:connection: B}\nconfig:\n  palisade:connection: X\n  <<: *b\n",
  },
  "a merge that is overridden, below": {
    stack: "b: &b {palisade:connection: B}\nconfig:\n  <<: *b\n  palisade:connection: X\n",
  },
  "a merge in quotes, which is none": {
    stack: "b: &b {palisade:connection: B}\nconfig:\n  other:a: b\nx:\n  '<<': *b\n",
  },
  "a merged file": { stack: "b: &b\n  config: {palisade:connection: X}\n<<: *b\n" },
  "a block text": { stack: "config:\n  palisade:connection: >-\n    X\n" },
  "a block text that ends its line": { stack: "config:\n  palisade:connection: |\n    X\n" },
  "a text over two lines": { stack: "config:\n  palisade:connection:\n    X\n    Y\n" },
  "the first of two documents": {
    stack: "config:\n  palisade:connection: X\n---\nconfig:\n  palisade:connection: Y\n",
  },
  "the second of two documents, which nobody reads": { stack: "---\n---\nconfig:\n  palisade:connection: Y\n" },
  "a second document that is no YAML": { stack: "config: {palisade:connection: X}\n---\n}{\n" },
  "a document that ends": { stack: "---\nconfig: {palisade:connection: X}\n...\n" },
  "a directive": { stack: "%YAML 1.1\n---\nconfig: {palisade:connection: X}\n" },
  "tags of the language": { stack: "config: !!map\n  !!str palisade:connection: !!str X\n" },
  "a tag of nobody's": { stack: "config: !mine\n  palisade:connection: X\n" },
  "bytes in base 64": { stack: "config:\n  !!binary cGFsaXNhZGU6Y29ubmVjdGlvbg==: X\n" },
  "no line break at the end": { stack: "config: {palisade:connection: X}" },
  "Windows' line breaks": { stack: "config:\r\n  palisade:connection: X\r\n" },
  "old line breaks": { stack: "# a comment\rconfig:\r  palisade:connection: X\r" },
  "a line break that looks like none (NEL)": { stack: "# a comment\u0085config:\u0085  palisade:connection: X\u0085" },
  "a line break that looks like none (LS)": { stack: "# a comment\u2028config: {palisade:connection: X}\u2028" },
  "a line break that looks like none (PS)": { stack: "# a comment\u2029config: {palisade:connection: X}\u2029" },
  "a byte order mark": { stack: "\ufeffconfig: {palisade:connection: X}\n" },
  "UTF-16, as PowerShell writes it": { bytes: utf16("config: {palisade:connection: X}\r\n") },
  "UTF-16, the other way round": { bytes: utf16be("config: {palisade:connection: X}\n") },
  "tabs after the colon": { stack: "config:\n  palisade:connection:\tX\n" },
  "tabs for indentation": { stack: "config:\n\tpalisade:connection: X\n" },
  "a tab in front of a comment": { stack: "config:\n  palisade:connection: X\t# c\n" },
  "a key twice": { stack: "config:\n  palisade:connection: X\n  palisade:connection: Y\n" },
  "configuration twice": { stack: "config: {palisade:connection: X}\nconfig: {}\n" },
  "bad indentation": { stack: "config:\n   palisade:connection: X\n  other:a: b\n" },
  "an alias without an anchor": { stack: "config: *b\n" },
  "an open bracket": { stack: "config: {palisade:connection: X\n" },
  "no UTF-8": { bytes: Buffer.from([...Buffer.from("config: {palisade:connection: X"), 0xff, 0x7d]) },
  "a list": { stack: "- config\n" },
  "a text": { stack: "config\n" },
  "a list for the configuration": { stack: "config: [palisade:connection]\n" },
  "a key that is a number": { stack: "config:\n  1: X\n" },
  "no namespace, in a project of the provider's name": { stack: "config:\n  connection: X\n" },
  "no namespace, in another project": {
    project: "name: other\nruntime: nodejs\n",
    stack: "config:\n  connection: X\n",
  },
  "the older form of a key": { stack: "config:\n  palisade:config:connection: X\n" },
  "a null": { stack: "config:\n  palisade:connection:\n" },
  "an empty text": { stack: 'config:\n  palisade:connection: ""\n' },
  "a number": {
    stack:
      "config: {palisade:connection: 0777, a:b: 1_000, a:c: 0x1F, a:d: 1e3, a:e: 1.50, a:f: -0b11, a:g: 0o17, a:h: 08}\n",
  },
  "a truth": {
    stack: "config: {palisade:connection: True, a:b: yes, a:c: ~, a:d: .5, a:e: 18446744073709551616, a:f: +12}\n",
  },
  "an object": { stack: "config:\n  palisade:connection: {value: X}\n" },
  "a list of values": { stack: "config:\n  palisade:connection: [X]\n" },
  "a secret": { stack: "config:\n  palisade:connection:\n    secure: v1:AAAA:BBBB==\n" },
  "the project's value": { project: `${project}config:\n  palisade:connection: X\n`, stack: "" },
  "the project's value, in flow style": { project: `${project}config: {palisade:connection: X}\n` },
  "the project's default": { project: `${project}config:\n  palisade:connection: {default: X}\n` },
  "the project's value, in full": {
    project: `name: other\nruntime: nodejs\nconfig:\n  palisade:connection: {value: X}\n`,
  },
  "the project's value without a namespace": { project: `${project}config:\n  connection: X\n` },
  "the project's value and the stack's": {
    project: `${project}config:\n  connection: X\n`,
    stack: "config:\n  palisade:connection: Y\n",
  },
  "the project's declaration of a type": {
    project: `${project}config:\n  connection: {type: string}\n`,
    stack: "config:\n  connection: Y\n",
  },
  "the project's declaration without a value": { project: `${project}config:\n  connection: {type: string}\n` },
  "a folder for the stacks' files": {
    project: `${project}stackConfigDir: stacks\n`,
    stackFile: "stacks/Pulumi.dev.yaml",
    stack: "config: {palisade:connection: X}\n",
  },
  "a folder for the stacks' files, in the older form": {
    project: `${project}config: stacks\n`,
    stackFile: "stacks/Pulumi.dev.yaml",
    stack: "config: {palisade:connection: X}\n",
  },
  "a file beside the folder for the stacks' files": {
    project: `${project}stackConfigDir: stacks\n`,
    stack: "config: {palisade:connection: X}\n",
  },
  "Pulumi.yml": { projectFile: "Pulumi.yml", stackFile: "Pulumi.dev.yml", stack: "config: {palisade:connection: X}\n" },
  "Pulumi.yml, and a stack's .yaml": { projectFile: "Pulumi.yml", stack: "config: {palisade:connection: X}\n" },
  "Pulumi.yaml, and a stack's .yml": { stackFile: "Pulumi.dev.yml", stack: "config: {palisade:connection: X}\n" },
  "Pulumi.json": {
    projectFile: "Pulumi.json",
    project: '{"name":"palisade","runtime":"nodejs"}',
    stackFile: "Pulumi.dev.json",
    stack: '{"config":{"palisade:connection":"X"}}',
  },
  "Pulumi.json with a name in capitals": {
    projectFile: "Pulumi.json",
    project: '{"name":"palisade","runtime":"nodejs"}',
    stackFile: "Pulumi.dev.json",
    stack: '{"CONFIG":{"palisade:connection":"X"}}',
  },
  "Pulumi.json that is none": {
    projectFile: "Pulumi.json",
    project: '{"name":"palisade","runtime":"nodejs"}',
    stackFile: "Pulumi.dev.json",
    stack: "config: {}\n",
  },
  "another file": {
    stackFile: "other.yaml",
    stack: "config: {palisade:connection: X}\n",
    args: ["--config-file", "other.yaml"],
  },
  "another file that isn't there": { stack: "config: {palisade:connection: X}\n", args: ["--config-file=none.yaml"] },
  "another file of another kind": {
    stackFile: "other.txt",
    stack: "config: {palisade:connection: X}\n",
    args: ["--config-file", "other.txt"],
  },
};
