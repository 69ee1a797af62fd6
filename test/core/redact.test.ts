/** Secrets and personal data leave texts and values before they are stored or logged. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor, REDACTED } from "../../src/core/redact.js";
import { VALUE_ZOO } from "../../src/testing/value-zoo.js";
import { leastMs } from "../support/least-ms.js";

const redactor = createRedactor();
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ";
const PEM = "-----BEGIN RSA PRIVATE KEY-----\nTUlDYW5hcnk=\nTUlDYW5hcnk=\n-----END RSA PRIVATE KEY-----";

/** A text, and the part of it that must be gone. Made in pieces, so that no scanner takes this file for a leak. */
const SECRETS: readonly [string, string, string][] = [
  ["a bearer token", "sent Authorization header Bearer abcDEF123.canary", "canary"],
  ["an authorization header", "authorization: Basic dXNlcjpjYW5hcnk=", "dXNlcjpjYW5hcnk"],
  ["a cookie header", "Cookie: a=1; sid=canary; theme=dark", "canary"],
  ["a JWT", `got ${JWT} back`, "eyJ"],
  ["a JWT that was cut", JWT.slice(0, 40), "eyJ"],
  ["a PEM block", `key:\n${PEM}\nend`, "TUlD"],
  ["a PEM block that was cut", PEM.slice(0, 50), "TUlD"],
  ["an AWS key id", `id ${"AKIA"}IOSFODNN7EXAMPLE.`, "IOSFODNN7"],
  ["a Google key", `key=${"AIza"}SyA-1234567890abcdefghijklmnopqrstu`, "SyA-123"],
  ["a GitHub token", `${"ghp"}_${"a1B2".repeat(9)}`, "a1B2"],
  ["a GitHub fine-grained token", `${"github"}_pat_${"a1B2".repeat(9)}`, "a1B2"],
  ["a Slack token", `${"xoxb"}-1234567890-abcdefABCDEF`, "abcdefABC"],
  ["a Stripe key", `${"sk"}_live_4eC39HqLyjWDarjtT1zdp7dc`, "4eC39"],
  ["a webhook secret", `${"whsec"}_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`, "MfKQ"],
  ["a card number", "card 4111111111111111 refused", "4111"],
  ["a card number in groups", "card 5500-0055 5555 5559.", "5500"],
  ["a card number with its date", "4111111111111111 12/27", "4111"],
  ["an American Express number", "378282246310005", "3782"],
  ["an e-mail address", "no mailbox jane.o'canary+x@mail.example.co.uk here", "canary"],
  ["an e-mail address of another script", "для почта@пример.рф", "почта"],
  ["a password in a connection string", "connect postgres://app:canary@db:5432/x failed", "canary"],
  ["a password in a query", "GET /x?user=1&password=canary&y=2", "canary"],
  ["a password in JSON", '{"password": "can ary", "a": 1}', "ary"],
  ["an API key in a sentence", "api_key: canary-123", "canary"],
  ["a token in a query", "/cb?token=canary", "canary"],
];

/** Texts that look a little like a secret and must stay readable. */
const HARMLESS: readonly string[] = [
  "Unexpected token: } in line 3",
  "ENOENT: no such file or directory, open '/data/a.csv'",
  "job 019a8c3e-1d2f-7abc-8def-0123456789ab at 1732233600000 took 4111 ms",
  "order 4111111111111112 has no check digit",
  "the column secretary is empty; password must not be empty",
  "https://example.com/a/b?c=d#e and 10.0.0.1:8080",
  "version 1.2.3-beta.4 @ commit",
  "2026-11-22T00:14:14.123Z",
];

describe("redacting texts", () => {
  it.each(SECRETS)("P4 takes out %s", (_name, text, secret) => {
    const kept = redactor.text(text);
    expect(kept).not.toContain(secret);
    expect(kept).toContain(REDACTED);
  });

  it.each(HARMLESS)("P4 leaves alone: %s", (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  it("P4 keeps what stands around a secret", () => {
    expect(redactor.text("GET /x?password=canary&y=2 by a@b.example")).toBe(
      `GET /x?password=${REDACTED}&y=2 by ${REDACTED}`,
    );
    expect(redactor.text("connect postgres://app:canary@db:5432/x")).toBe(`connect postgres://${REDACTED}@db:5432/x`);
  });

  it("P4 finds every secret inside any other text", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SECRETS),
        fc.string(),
        fc.string({ unit: "grapheme" }),
        ([, text, secret], before, after) => {
          return (
            !redactor.text(`${before.replace(/[\w-]/g, "")} ${text} ${after}`).includes(secret) ||
            after.includes(secret)
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it("L4 costs at most 10 ms for a hostile text of 10 KiB", () => {
    const pieces = [
      "a",
      "a@",
      "@",
      "a.",
      "a@a.",
      "1",
      "4 ",
      "4-",
      "4",
      "eyJ",
      "eyJaaaaaaaa.",
      "-----BEGIN ",
      "-----BEGIN A-----",
      "-----",
      "://",
      "://a",
      "://a:",
      "bearer ",
      "bearer a",
      "password",
      "password=",
      'password="',
      "password:   ",
      "token ",
      "token=",
      "cookie",
      "cookie: ",
      "authorization :",
      "ghp_",
      `ghp_${"a".repeat(19)}-`,
      "xoxb-",
      "sk-",
      "sk_live_",
      "AKIA",
      "AIza",
      "github_pat_",
      "whsec_",
      "\n",
      " ",
      "'",
      '"',
      "\0",
      "\uD83D",
      "api_",
      "access_token",
      "-----END ",
      "-----END A",
      "4111 1111 1111 1112 ",
      "é",
      "é@é.",
    ];
    for (const piece of pieces) {
      const text = piece.repeat(Math.ceil(10_240 / piece.length)).slice(0, 10_240);
      for (const hostile of [
        text,
        `-----BEGIN A-----${text}`,
        `password="${text}`,
        `${text}@`,
        `${text}!`,
        `@ ://${text}eyJ-----BEGIN `,
      ]) {
        redactor.text(hostile.slice(0, 100));
        const best = leastMs(() => redactor.text(hostile));
        expect(best, JSON.stringify(piece)).toBeLessThan(10);
      }
    }
  });
});

describe("redacting far too much", () => {
  it("L4 looks at the beginning of an endless text and cuts the rest off, with a marker", () => {
    const text = redactor.text(`a@b.example ${"x ".repeat(5_000_000)}`);
    expect(text.length).toBeLessThan(70_000);
    expect(text.startsWith(`${REDACTED} x x`)).toBe(true);
    expect(text.endsWith("… [cut]")).toBe(true);
  });
});

describe("redacting values", () => {
  it.each([
    "password",
    "Password",
    "user_password",
    "dbPassword",
    "passwd",
    "secret",
    "client-secret",
    "apiKey",
    "X-API-Key",
    "api_key",
    "authorization",
    "Proxy-Authorization",
    "cookie",
    "Set-Cookie",
    "token",
    "accessToken",
    "refresh_token",
    "id_token",
    "privateKey",
    "credentials",
    "cardNumber",
    "cvv",
    "pin",
    "ssn",
    "sessionId",
  ])("P4 takes out the key %s, whatever its value is", (key) => {
    for (const value of ["canary", 1234, ["canary"], { deep: "canary" }]) {
      expect(redactor.value({ list: [{ [key]: value, other: 1 }] })).toEqual({ list: [{ [key]: REDACTED, other: 1 }] });
    }
  });

  it("P4 leaves ordinary keys alone", () => {
    const value = { uploadKey: "a", fileName: "b", tokens: 12, pinned: true, author: "c", password: null, monkey: 1 };
    expect(redactor.value(value)).toEqual(value);
  });

  it("P4 takes secrets out of texts and keys at any depth", () => {
    expect(redactor.value({ a: [{ b: `x ${JWT}` }], "jane@mail.example": 1 })).toEqual({
      a: [{ b: `x ${REDACTED}` }],
      [REDACTED]: 1,
    });
  });

  it("P4 takes further keys from the user, in any spelling", () => {
    const own = createRedactor({ keys: ["customer_number"] });
    expect(own.value({ customerNumber: 5, "CUSTOMER-NUMBER": 6, customer: 7 })).toEqual({
      customerNumber: REDACTED,
      "CUSTOMER-NUMBER": REDACTED,
      customer: 7,
    });
  });

  it("P4 asks the user's hook, with the path", () => {
    const seen: string[] = [];
    const own = createRedactor({
      hook: (path, value) => {
        seen.push(path);
        return path === "$.user.names[0]" ? "J." : value;
      },
    });
    expect(own.value({ user: { names: ["Jane", "Doe"] } })).toEqual({ user: { names: ["J.", "Doe"] } });
    expect(seen).toEqual(["$", "$.user", "$.user.names", "$.user.names[0]", "$.user.names[1]"]);
  });

  it("P4 redacts what a broken hook was asked about", () => {
    const own = createRedactor({
      hook: (path, value) => {
        if (path === "$.a" || typeof value === "string") throw new Error("broken");
        return value;
      },
    });
    expect(own.value({ a: 1, b: 2 })).toEqual({ a: REDACTED, b: 2 });
    expect(own.text("anything")).toBe(REDACTED);
  });

  it("P4 still applies the patterns to what the hook answers", () => {
    const own = createRedactor({
      hook: (_path, value) => (value === 1 ? { password: "canary", mail: "a@b.example" } : value),
    });
    expect(own.value({ a: 1 })).toEqual({ a: { password: REDACTED, mail: REDACTED } });
  });

  it("L6 never throws, whatever it is given", () => {
    for (const { make } of VALUE_ZOO) JSON.stringify(redactor.value(make(), 65_536));
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withMap: true, withDate: true }), (value) => {
        JSON.stringify(redactor.value(value));
      }),
    );
  });

  it("leaves the given value as it was", () => {
    const value = Object.freeze({ password: "canary", list: Object.freeze(["a@b.example"]) });
    redactor.value(value);
    expect(value).toEqual({ password: "canary", list: ["a@b.example"] });
  });
});
