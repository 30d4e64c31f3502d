/**
 * Ed25519VerificationKey2020 documents, written and read by the package that defines them, which is
 * loaded at first use. What it read is then checked like any other key.
 * @module
 */
import { refuse } from "../encoding/refusal.ts";
import { didKey, didKeyUrl, publicKeyFromMultikey, publicKeyToMultikey } from "./didKey.ts";
import type { PublicKey } from "./publicKey.ts";

export interface Ed25519VerificationKey2020Document {
  readonly "@context": "https://w3id.org/security/suites/ed25519-2020/v1";
  readonly id: string;
  readonly type: "Ed25519VerificationKey2020";
  readonly controller: string;
  readonly publicKeyMultibase: string;
}

const load = () => import("@digitalbazaar/ed25519-verification-key-2020");

const TYPE = "Ed25519VerificationKey2020";

/** @throws TufLdError `ERR_KEY` for a key of another type */
export async function toVerificationKey2020(key: PublicKey): Promise<Ed25519VerificationKey2020Document> {
  if (key.type !== "Ed25519") refuse("ERR_KEY", `a key of type ${key.type} is not an ${TYPE}`);
  const { Ed25519VerificationKey2020 } = await load();
  const publicKeyMultibase = publicKeyToMultikey(key);
  const named = { type: TYPE, id: didKeyUrl(key), controller: didKey(key), publicKeyMultibase };
  const pair = await Ed25519VerificationKey2020.from(named);
  const exported = pair.export({ publicKey: true, includeContext: true });
  return exported as object as Ed25519VerificationKey2020Document;
}

/** The names in the document are not looked at: a name gives no trust. @throws TufLdError `ERR_KEY`, also if revoked */
export async function fromVerificationKey2020(
  document: Readonly<Record<string, unknown>>,
): Promise<PublicKey> {
  const { type, id, controller, publicKeyMultibase } = document;
  if (type !== TYPE || typeof publicKeyMultibase !== "string") return refuse("ERR_KEY", `not an ${TYPE}`);
  if (document["revoked"] !== undefined) refuse("ERR_KEY", `the ${TYPE} is revoked`);
  const { Ed25519VerificationKey2020 } = await load();
  const pair = await Ed25519VerificationKey2020.from({ type, id, controller, publicKeyMultibase }).catch(
    (cause) => refuse("ERR_KEY", `not an ${TYPE}`, cause),
  );
  const key = publicKeyFromMultikey(pair.publicKeyMultibase);
  if (key.type !== "Ed25519") refuse("ERR_KEY", `not an ${TYPE}`);
  return key;
}
