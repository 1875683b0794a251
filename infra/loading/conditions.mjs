/**
 * The conditions of packages' exports that Node.js was started with, so that a bundle, or another process, finds the same modules.
 *
 * @see https://nodejs.org/api/cli.html#-c-condition---conditionscondition
 * @returns {readonly string[]}
 */
export function givenConditions(options = process.execArgv) {
  return options.flatMap((option, index) => {
    const [, flag, value] = /^(--conditions|-C)(?:=(.*))?$/.exec(option) ?? [];
    return flag === undefined ? [] : (value ?? options[index + 1] ?? []);
  });
}
