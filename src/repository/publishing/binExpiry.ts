/**
 * When the first of the published bins expires. Reading 16,384 files to learn it would take its time, so it is noted
 * whenever publishing has seen all of them; bins that are published later expire later.
 *
 * Nobody signs upon the note. Whoever can write it can make bins seem younger than they are, as they could delete them.
 * @module
 */
import { parseJson } from "../../document/json.ts";
import { isDateTime } from "../../encoding/dateTime.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import type { RepositoryStorage } from "../storage.ts";

const NOTE = "state/bin-expiry.json";

/** Notes the earliest instant, as metadata writes it, at which a bin expires. */
export async function noteBinExpiry(storage: RepositoryStorage, earliest: string): Promise<void> {
  if ((await readBinExpiry(storage)) === earliest) return;
  await storage.replace(NOTE, encodeUtf8(JSON.stringify({ earliest })));
}

/** No published bin expires before this instant; `undefined` if the note is lost or damaged. */
export async function readBinExpiry(storage: RepositoryStorage): Promise<string | undefined> {
  const bytes = await storage.get(NOTE);
  if (bytes === undefined) return undefined;
  try {
    const { earliest } = parseJson(bytes) as { readonly earliest?: unknown };
    return isDateTime(earliest) ? earliest : undefined;
  } catch {
    return undefined;
  }
}
