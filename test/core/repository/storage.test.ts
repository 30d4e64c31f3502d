import { createMemoryStorage } from "../../../src/repository/storage.ts";
import { storageContract } from "../../support/contracts/storageContract.ts";

storageContract(async () => createMemoryStorage());
