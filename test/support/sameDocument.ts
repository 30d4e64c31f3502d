/**
 * When two documents are the same to TUF, written down by hand and not read off the table of terms.
 * @module
 */
import type { JsonValue } from "../../src/document/json.ts";

type Entries = Record<string, JsonValue>;

/**
 * A text that two documents share exactly if they differ in nothing but the order of members and the order of
 * `keyids`, `paths` and `path_hash_prefixes` where TUF defines these. Serves the classic and the linked form.
 */
export function sameDocument(signed: object): string {
  const copy = structuredClone(signed) as Entries;
  if (copy["_type"] === "root") Object.values(copy["roles"] as Entries).forEach(sortSets);
  const delegations = copy["_type"] === "targets" ? (copy["delegations"] as Entries | undefined) : undefined;
  if (delegations !== undefined) {
    ((delegations["roles"] as JsonValue[] | undefined) ?? []).forEach(sortSets);
    if (delegations["succinct_roles"] !== undefined) sortSets(delegations["succinct_roles"]);
  }
  return text(copy);
}

function sortSets(role: JsonValue): void {
  for (const name of ["keyids", "paths", "path_hash_prefixes"]) {
    const values = (role as Entries)[name];
    if (Array.isArray(values)) values.sort();
  }
}

function text(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${text(value[name] as JsonValue)}`).join(",")}}`;
}
