/**
 * What a refusal means: the named code, and a store in which nothing has changed but what was rightly accepted before.
 * @module
 */
import { expect } from "vitest";
import type { TufLdErrorCode } from "../../../src/errors.ts";
import type { Client, ClientOptions } from "./client.ts";

export interface Refusal {
  /** What the client does. Default: refresh. */
  readonly action?: (client: Client) => Promise<unknown>;
  readonly options?: ClientOptions;
  /** Roles whose honest new files may be kept, because they were accepted before the refusal. */
  readonly accepted?: readonly string[];
  readonly details?: object;
}

/** Expects the client to refuse, and its trusted state to be unchanged. */
export async function expectRefusal(
  client: Client,
  code: TufLdErrorCode,
  refusal: Refusal = {},
): Promise<void> {
  const { action, options = {}, accepted = [], details } = refusal;
  const before = await client.contents();
  const attempt = action?.(client) ?? client.refresh(options);
  await expect(attempt).rejects.toMatchObject({ code, ...(details === undefined ? {} : { details }) });
  const after = await client.contents();
  for (const role of accepted) {
    for (const contents of [before, after]) {
      for (const name of [...contents.keys()]) {
        if (name === `${role}.json` || (role === "root" && name.startsWith("root_history/")))
          contents.delete(name);
      }
    }
  }
  expect(after).toEqual(before);
}
