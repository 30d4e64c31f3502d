/**
 * SEC 1 points of P-256 and P-384: read compressed or uncompressed, write either. It stands here
 * because WebCrypto in browsers imports no compressed points.
 * @module
 */

export type EcCurve = "P-256" | "P-384";

/** Affine coordinates, big-endian, each as long as the field. */
export interface EcPoint {
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

interface CurveConstants {
  /** Bytes of a field element. */
  readonly size: number;
  readonly p: bigint;
  readonly b: bigint;
  /** The order of the group. */
  readonly n: bigint;
}

// SEC 2, 2.4.2 and 2.5.1. For both a = -3 and p = 3 (mod 4).
const P256: CurveConstants = {
  size: 32,
  p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};
const P384: CurveConstants = {
  size: 48,
  p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
};

const constantsOf = (curve: EcCurve): CurveConstants => (curve === "P-256" ? P256 : P384);

/** Bytes of a coordinate, which is also half a P1363 signature: 32 for P-256, 48 for P-384. */
export const fieldSize = (curve: EcCurve): number => constantsOf(curve).size;

function toBigInt(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function toBytes(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = size - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % modulus) {
    if (rest & 1n) result = (result * square) % modulus;
  }
  return result;
}

/**
 * Reads a point of the curve (SEC 1, 2.3.4), or `undefined` when the bytes are no such point. The
 * hybrid forms 06 and 07 and the point at infinity are not accepted.
 */
export function decodePoint(curve: EcCurve, bytes: Uint8Array): EcPoint | undefined {
  const { size, p, b } = constantsOf(curve);
  const form = bytes[0];
  const x = toBigInt(bytes.subarray(1, 1 + size));
  if (x >= p) return undefined;
  const square = ((((x * x - 3n) * x + b) % p) + p) % p;
  if (form === 4 && bytes.length === 1 + 2 * size) {
    const y = toBigInt(bytes.subarray(1 + size));
    return y < p && (y * y) % p === square ? { x: toBytes(x, size), y: toBytes(y, size) } : undefined;
  }
  if ((form !== 2 && form !== 3) || bytes.length !== 1 + size) return undefined;
  const root = power(square, (p + 1n) / 4n, p);
  if ((root * root) % p !== square) return undefined;
  // No point of these curves has y = 0 (their order is prime), so p - root is never p.
  const y = (root & 1n) === BigInt(form & 1) ? root : p - root;
  return { x: toBytes(x, size), y: toBytes(y, size) };
}

/** Whether the bytes are a private key: as long as the field, and from 1 to the order less 1 (SEC 1, 3.2.1). */
export function isPrivateScalar(curve: EcCurve, bytes: Uint8Array): boolean {
  const { size, n } = constantsOf(curve);
  const scalar = toBigInt(bytes);
  return bytes.length === size && scalar > 0n && scalar < n;
}

/** Writes a point in the 33 or 49 bytes of the compressed form (SEC 1, 2.3.3). */
export function compressPoint({ x, y }: EcPoint): Uint8Array {
  return Uint8Array.of(2 | ((y.at(-1) ?? 0) & 1), ...x);
}

/** Writes a point in the 65 or 97 bytes of the uncompressed form. */
export function uncompressPoint({ x, y }: EcPoint): Uint8Array {
  return Uint8Array.of(4, ...x, ...y);
}
