/** Which addresses may be called: the public Internet, and nothing that is special in any registry. */
import { describe, expect, it } from "vitest";
import { classOf, isLoopbackName, literalHost } from "../../src/remote/addresses.js";

const PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"];
const LOOPBACK = ["127.0.0.1", "127.255.255.254", "::1"];
const SPECIAL = [
  ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "169.254.0.1"],
  ...["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1"],
  ...["192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255"],
  ...["240.0.0.1", "255.255.255.255"],
  ...["::", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1"],
  ...["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:2::1", "2001:10::1"],
  ...["2001:20::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1"],
  ...["fe80::1%eth0", "fec0::1", "ff02::1", "4000::1"],
];

describe("addresses", () => {
  it.each(PUBLIC)("O1 %s is public", (address) => expect(classOf(address)).toBe("public"));
  it.each(LOOPBACK)("O1 %s is loopback", (address) => expect(classOf(address)).toBe("loopback"));
  it.each(SPECIAL)("O1 %s is special", (address) => expect(classOf(address)).toBe("special"));
  it.each(["", "localhost", "127.1", "0177.0.0.1", "0x7f.1", "2130706433", "1.2.3.4.5", "256.1.1.1", "::g"])(
    "O1 %j is no address",
    (text) => expect(classOf(text)).toBe("invalid"),
  );

  it.each([
    ["http://2130706433/", "127.0.0.1"],
    ["http://0x7f000001/", "127.0.0.1"],
    ["http://0177.0.0.1/", "127.0.0.1"],
    ["http://127.1/", "127.0.0.1"],
    ["http://[::ffff:127.0.0.1]/", "::ffff:7f00:1"],
    ["http://0/", "0.0.0.0"],
    ["http://①②⑦.⓪.⓪.①/", "127.0.0.1"],
  ])("O1 a host written as %s is judged as the address it is", (url, address) => {
    expect(literalHost(new URL(url))).toBe(address);
  });

  it("O1 loopback is meant only by a host that says so", () => {
    const names = ["http://localhost:1/", "http://api.localhost/", "http://127.0.0.1/", "http://[::1]/"];
    for (const url of names) expect(isLoopbackName(new URL(url)), url).toBe(true);
    for (const url of ["http://example.com/", "http://localhost.example.com/", "http://[::ffff:127.0.0.1]/"])
      expect(isLoopbackName(new URL(url)), url).toBe(false);
  });
});
