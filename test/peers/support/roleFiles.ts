/**
 * The metadata files in a folder, each with the files that say who may sign it.
 * @module
 */
import { filesBelow } from "./served.ts";

/** A file of a role, and its delegators: for a root itself and the root before it. */
export interface RoleFile {
  readonly name: string;
  readonly role: string;
  readonly bytes: Uint8Array;
  readonly delegators: readonly Uint8Array[];
}

interface Delegations {
  readonly roles?: readonly { readonly name: string }[];
  readonly succinct_roles?: { readonly name_prefix: string };
}

const TOP_LEVEL = ["timestamp", "snapshot", "targets"];

/** Every metadata file below a served folder that has one version of each role, and every root. */
export async function roleFiles(folder: string): Promise<readonly RoleFile[]> {
  const files = new Map<string, Uint8Array>();
  for (const [path, bytes] of await filesBelow(folder)) {
    if (path.startsWith("metadata/")) files.set(path.slice("metadata/".length), bytes);
  }
  const roots: Uint8Array[] = [];
  for (let bytes = files.get("1.root.json"); bytes; bytes = files.get(`${roots.length + 1}.root.json`))
    roots.push(bytes);
  const rootAt = (index: number) => roots.slice(Math.max(0, index), Math.max(0, index) + 1);
  return [...files].map(([name, bytes]) => {
    const [, version, role = ""] = /^(?:(\d+)\.)?(.+)\.json$/.exec(name) ?? [];
    if (role === "root") {
      const index = Number(version) - 1;
      return { name, role, bytes, delegators: [...(index > 0 ? rootAt(index - 1) : []), ...rootAt(index)] };
    }
    const delegators = TOP_LEVEL.includes(role) ? rootAt(roots.length - 1) : delegatorsOf(role, files);
    return { name, role, bytes, delegators };
  });
}

function delegatorsOf(role: string, files: ReadonlyMap<string, Uint8Array>): Uint8Array[] {
  return [...files.values()].filter((bytes) => {
    const { signed } = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly signed: { readonly delegations?: Delegations };
    };
    const { roles = [], succinct_roles: bins } = signed.delegations ?? {};
    return (
      roles.some(({ name }) => name === role) ||
      (bins !== undefined && role.startsWith(`${bins.name_prefix}-`))
    );
  });
}
