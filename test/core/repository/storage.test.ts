import { describe } from "vitest";
import { overlayOf } from "../../../src/repository/overlay.ts";
import { createMemoryStorage } from "../../../src/repository/storage.ts";
import { storageContract } from "../../support/contracts/storageContract.ts";

describe("memory", () => storageContract(async () => createMemoryStorage()));
describe("an overlay", () => storageContract(async () => overlayOf(createMemoryStorage())));
