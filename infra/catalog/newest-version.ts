/**
 * The newest version of PostgreSQL that this package supports, as `server_version_num`. It stands for the server where
 * there is none to ask (the policy pack, the contract), because it has every privilege and option.
 */
export const newestVersion = 180_000;
