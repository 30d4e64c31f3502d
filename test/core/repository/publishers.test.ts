import { createMemoryStorage } from "../../../src/repository/storage.ts";
import { publishersContract } from "../../support/contracts/publishersContract.ts";

publishersContract(async () => createMemoryStorage());
