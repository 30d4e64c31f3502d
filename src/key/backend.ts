/**
 * The choice of a crypto backend: the first that supports the type of key.
 * @module
 */
import { backends, type CryptoBackend, type KeyType } from "#platform";
import { TufLdError } from "../errors.ts";

const chosen = new Map<KeyType, Promise<CryptoBackend>>();

async function choose(type: KeyType): Promise<CryptoBackend> {
  for (const backend of backends) {
    if (await backend.supports(type)) return backend;
  }
  const message = `this platform has no cryptography for keys of type ${type}`;
  throw new TufLdError("ERR_UNSUPPORTED", message, { what: type });
}

/**
 * The backend for keys of this type, asked once per process.
 * @throws TufLdError `ERR_UNSUPPORTED` (RSA and EC need WebCrypto, which browsers keep to secure contexts)
 */
export function backendFor(type: KeyType): Promise<CryptoBackend> {
  let backend = chosen.get(type);
  if (!backend) {
    backend = choose(type);
    chosen.set(type, backend);
  }
  return backend;
}
