/**
 * A payload: a draft on its way to a key holder whose machine has no repository, and back.
 *
 * It is the draft's own file with one more member of the envelope, which no view signs. The member tells what the file
 * cannot: its role, the views to sign in, what is published now, whose signatures count. Whoever carries the payload
 * can change the member; so it is a help for the reader. The document that is signed is never taken from it, but a
 * proof is bound to a role: whoever signs for a role other than root's has to know the role from elsewhere.
 * @module
 */
import type { JsonValue } from "../../document/json.ts";
import { TufLdError } from "../../errors.ts";
import type { Signer } from "../../key/signer.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import type { JsonObject, MetadataFile } from "../../metadata/file.ts";
import { validateSigned } from "../../metadata/validate.ts";
import { keyidsOf, type RoleKeys, roleKeys } from "../../proof/roleKeys.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { Root, Signed, Targets, TufKey } from "../../vocabulary/types.ts";
import type { SignedView } from "../config.ts";
import type { EditableFile } from "../drafts.ts";
import type { SigningRequest } from "../repository.ts";
import { signaturesOf, signWith } from "./signing.ts";

/** The member of the envelope. */
const MEMBER = "tuf-ld-payload";

/** What the member says. */
export interface Payload {
  /** For root, as the file itself says; for any other role this is the bearer's word, which the signer confirms. */
  readonly role: string;
  readonly sign: SignedView;
  /** What is published of the role. */
  readonly replaces?: Root | Targets;
  /** The keys that may sign: of the delegator, and for root those of the root before too. */
  readonly signers: readonly RoleKeys[];
}

/** The file of a request, to be signed elsewhere. */
export function toPayload({ role, file, before, keys }: SigningRequest, sign: SignedView): EditableFile {
  const [own] = keys;
  const member = {
    role,
    sign,
    ...(before === undefined ? {} : { replaces: before.signed }),
    // Root says itself who signs it.
    ...(role === "root" || own === undefined ? {} : { signers: signersToJson(own) }),
  };
  return {
    ...file,
    unrecognized: { ...file.unrecognized, [MEMBER]: member as unknown as JsonValue },
  };
}

/** Reads the member, or `undefined` of a file that is no payload. @throws ERR_SHAPE */
export function payloadOf({ signed, unrecognized }: MetadataFile): Payload | undefined {
  const value = Object.hasOwn(unrecognized, MEMBER) ? unrecognized[MEMBER] : undefined;
  if (value === undefined) return undefined;
  const { role, sign, replaces, signers, ...others } = object(value, "");
  for (const name of Object.keys(others)) throw refusal(`/${name}`, "is not known");
  if (typeof role !== "string" || !speaksFor(signed, role))
    throw refusal("/role", `cannot be a role of ${signed._type} metadata`);
  if (sign !== "classic" && sign !== "linked" && sign !== "both")
    throw refusal("/sign", "must be classic, linked or both");
  if (replaces !== undefined) validateSigned(replaces, signed._type);
  const before = replaces as Root | Targets | undefined;
  const lists =
    signed._type === "root"
      ? [signed, ...(before?._type === "root" ? [before] : [])].flatMap(
          (root) => delegatedKeys(root, "root") ?? [],
        )
      : signers === undefined
        ? []
        : [signersFromJson(role, signers)];
  return { role, sign, ...(before === undefined ? {} : { replaces: before }), signers: lists };
}

/** The file without the member. */
export function withoutPayload<S extends Signed>(file: MetadataFile<S>): MetadataFile<S> {
  const { [MEMBER]: _, ...unrecognized } = file.unrecognized;
  return { ...file, unrecognized };
}

/**
 * Signs what a payload holds with one key. A key that has signed already signs no second time.
 *
 * @throws ERR_KEY_UNAUTHORIZED when the payload says that the role has no such key
 */
export async function signPayload<S extends Signed>(
  file: MetadataFile<S>,
  { role, sign, signers }: Payload,
  signer: Signer,
  now: Date,
): Promise<MetadataFile<S>> {
  const { publicKey } = signer;
  // A payload that names no keys leaves the name to the hash, as repositories do that we make.
  let keyid = signers.length === 0 ? tufKeyid(toTufKey(publicKey)) : undefined;
  let open = signers.length === 0;
  for (const keys of signers) {
    const listed = keyidsOf(keys, publicKey)[0];
    if (listed === undefined) continue;
    keyid ??= listed;
    open ||= !(await signaturesOf(file, keys, sign)).signed.includes(listed);
  }
  if (keyid === undefined) {
    const message = `the payload says that this key is not one of the keys of "${role}"`;
    throw new TufLdError("ERR_KEY_UNAUTHORIZED", message, { role, key: publicKey.id });
  }
  return open ? signWith(file, role, { keyid, signer }, sign, now) : file;
}

/** Root metadata speaks for root alone, targets metadata for any role but the other three. */
function speaksFor({ _type: type }: Signed, role: string): boolean {
  if (type === "root") return role === "root";
  return type === "targets" && role !== "" && !["root", "snapshot", "timestamp"].includes(role);
}

function signersToJson({ threshold, byKeyid }: RoleKeys): object {
  const keys = [...byKeyid].flatMap(([keyid, { key }]) =>
    key === undefined ? [] : [[keyid, toTufKey(key)]],
  );
  return { threshold, keys: Object.fromEntries(keys) };
}

function signersFromJson(role: string, value: JsonValue): RoleKeys {
  const { threshold, keys, ...others } = object(value, "/signers");
  for (const name of Object.keys(others)) throw refusal(`/signers/${name}`, "is not known");
  if (typeof threshold !== "number" || threshold < 1)
    throw refusal("/signers/threshold", "must be 1 or more");
  const listed = object(keys, "/signers/keys");
  for (const [keyid, key] of Object.entries(listed)) {
    const { keytype, scheme, keyval } = object(key, `/signers/keys/${keyid}`);
    if (typeof keytype !== "string" || typeof scheme !== "string")
      throw refusal(`/signers/keys/${keyid}`, "must be a key");
    object(keyval, `/signers/keys/${keyid}/keyval`);
  }
  const tufKeys = listed as unknown as Readonly<Record<string, TufKey>>;
  return roleKeys(role, { keyids: Object.keys(listed), threshold }, tufKeys);
}

function object(value: JsonValue | undefined, path: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw refusal(path, "must be an object");
}

function refusal(path: string, reason: string): TufLdError<"ERR_SHAPE"> {
  const place = `/${MEMBER}${path}`;
  return new TufLdError("ERR_SHAPE", `${place} ${reason}`, { path: place, reason });
}
