import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { createFileStorage } from "../../../src/node/fileStorage.ts";
import { publishersContract } from "../../support/contracts/publishersContract.ts";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "tuf-ld-publishers-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

publishersContract(async () => createFileStorage(mkdtempSync(join(scratch, "place-"))));
