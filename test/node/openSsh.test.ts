import { createECDH } from "node:crypto";
import { expect, test } from "vitest";
import { openSshPrivateKey } from "../../src/node/openSsh.ts";
import { decodePoint } from "../../src/platform/sec1.ts";

const field = (content: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** A number as RFC 4251 5 writes it. */
function mpint(number: Uint8Array): Buffer {
  const digits = Buffer.from(number).subarray(number.findIndex((byte) => byte !== 0));
  return field((digits[0] as number) < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits]));
}

/** An ECDSA key as `ssh-keygen` writes it (PROTOCOL.key of OpenSSH), and the public point. */
function ecdsaKey(curve: string, opensslName: string, secret: Buffer): { text: string; point: Buffer } {
  const pair = createECDH(opensslName);
  pair.setPrivateKey(secret);
  const point = pair.getPublicKey();
  const half = Buffer.concat([field(`ecdsa-sha2-${curve}`), field(curve), field(point)]);
  const check = Buffer.from("\0\0\0\x07".repeat(2), "latin1");
  const open = Buffer.concat([check, half, mpint(secret), field("a comment")]);
  const padding = Buffer.from(pad(open.length));
  const count = Buffer.of(0, 0, 0, 1);
  const body = [
    field("none"),
    field("none"),
    field(""),
    count,
    field(half),
    field(Buffer.concat([open, padding])),
  ];
  const bytes = Buffer.concat([Buffer.from("openssh-key-v1\0"), ...body]);
  const lines = bytes.toString("base64").match(/.{1,70}/g) ?? [];
  const label = "OPENSSH PRIVATE KEY";
  return { text: `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`, point };
}

/** 1, 2, 3 and so on, up to a multiple of 8 bytes. */
const pad = (length: number): number[] => Array.from({ length: (8 - (length % 8)) % 8 }, (_, at) => at + 1);

test.each([
  ["nistp256", "prime256v1", "P-256", 32],
  ["nistp384", "secp384r1", "P-384", 48],
] as const)("%s keys are read whatever their private number begins with", async (curve, name, type, size) => {
  for (const first of [0x7f, 0x80, 0xfe, 0x00]) {
    const { text, point } = ecdsaKey(curve, name, Buffer.alloc(size, 0x21).fill(first, 0, 1));
    const { publicKey } = await openSshPrivateKey(text);
    expect(publicKey.type).toBe(type);
    expect(decodePoint(type, publicKey.bytes)).toEqual(decodePoint(type, point));
  }
});

test("a key of ECDSA with the public half of another is refused", async () => {
  const mine = ecdsaKey("nistp256", "prime256v1", Buffer.alloc(32, 0x21));
  const other = ecdsaKey("nistp256", "prime256v1", Buffer.alloc(32, 0x22));
  const [begin, ...rest] = mine.text.split("\n");
  const bytes = Buffer.from(rest.slice(0, -2).join(""), "base64");
  for (let at = bytes.indexOf(mine.point); at >= 0; at = bytes.indexOf(mine.point))
    other.point.copy(bytes, at);
  const text = [begin, bytes.toString("base64"), ...rest.slice(-2)].join("\n");
  await expect(openSshPrivateKey(text)).rejects.toMatchObject({ code: "ERR_KEY" });
});
