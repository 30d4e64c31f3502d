/// <reference types="node" />
/**
 * repository.json: what was decided about a repository, strictly read.
 * @module
 */
import type { RolePolicy } from "../client/options.ts";
import type { JsonValue } from "../document/json.ts";
import { TufLdError } from "../errors.ts";
import { POLICIES, type Policy } from "../proof/threshold.ts";
import type { Repository } from "./repositories.ts";

type Members = Readonly<Record<string, JsonValue>>;

/** The JSON of repository.json. */
export function repositoryFile({ name: _, policy, ...decided }: Repository): object {
  return { ...decided, policy: { default: policy.default, roles: Object.fromEntries(policy.roles) } };
}

/** Reads what `repositoryFile` wrote. @throws ERR_SHAPE */
export function parseRepositoryFile(name: string, value: JsonValue, file: string): Repository {
  const refuse = (path: string, reason: string): never => {
    throw new TufLdError("ERR_SHAPE", `${file}: ${path} ${reason}`, { path, reason });
  };
  const object = (found: JsonValue | undefined, path: string, members?: readonly string[]): Members => {
    if (typeof found !== "object" || found === null || Array.isArray(found))
      return refuse(path, "must be an object");
    const unknown = members && Object.keys(found).find((member) => !members.includes(member));
    if (unknown !== undefined) refuse(`${path}/${unknown}`, "is not known here");
    return found;
  };
  const strings = (found: JsonValue | undefined, path: string): string[] => {
    if (!Array.isArray(found) || found.length === 0) return refuse(path, "must be a list of strings");
    return found.map((each) => (typeof each === "string" ? each : refuse(path, "must be a list of strings")));
  };
  const policy = (found: JsonValue | undefined, path: string): Policy =>
    POLICIES.find((each) => each === found) ?? refuse(path, `must be one of ${POLICIES.join(", ")}`);

  const top = object(value, "", [...MEMBERS]);
  const root = object(top["root"], "/root", ["version", "sha256"]);
  const { version, sha256 } = root;
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1)
    return refuse("/root/version", "must be a whole number from 1");
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256))
    return refuse("/root/sha256", "must be 64 hexadecimal digits");
  const stated = object(top["policy"], "/policy", ["default", "roles"]);
  const roles = Object.entries(object(stated["roles"], "/policy/roles"));
  const rolePolicy: RolePolicy = {
    default: policy(stated["default"], "/policy/default"),
    roles: new Map(roles.map(([role, each]) => [role, policy(each, `/policy/roles/${role}`)])),
  };
  const { prefixTargetsWithHash } = top;
  if (typeof prefixTargetsWithHash !== "boolean")
    return refuse("/prefixTargetsWithHash", "must be true or false");
  return {
    name,
    metadataUrls: strings(top["metadataUrls"], "/metadataUrls"),
    targetsUrls: strings(top["targetsUrls"], "/targetsUrls"),
    policy: rolePolicy,
    ...(top["suites"] === undefined ? {} : { suites: strings(top["suites"], "/suites") }),
    prefixTargetsWithHash,
    root: { version, sha256 },
  };
}

const MEMBERS = ["metadataUrls", "targetsUrls", "policy", "suites", "prefixTargetsWithHash", "root"] as const;
