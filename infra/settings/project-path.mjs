/**
 * Refuses to work in a folder whose path Pulumi or Node.js would take for something else: Pulumi makes an address of it, in which these
 * characters mean something (after a `%` the state would land in another folder), and Node.js cuts it off at a question mark.
 *
 * @param {string} directory
 */
export function refuseProjectPath(directory) {
  const character = /[?#%\\]|\p{Cc}/u.exec(directory)?.[0];
  if (character === undefined) return;
  const name = character < " " ? "a control character" : `the character ${character}`;
  throw new Error(
    `The path of this project, ${directory}, holds ${name}, with which Pulumi and Node.js can't work: rename the folder, or move the ` +
      "project. (Spaces, quotation marks, $, & and letters of any language are fine.)",
  );
}
