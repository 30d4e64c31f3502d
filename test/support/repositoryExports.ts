/**
 * What `repositoryChild.mjs` needs of the sources.
 * @module
 */
export { PrivateKey } from "../../src/key/privateKey.ts";
export { createFileStorage } from "../../src/node/fileStorage.ts";
export { Repository } from "../../src/repository/repository.ts";
