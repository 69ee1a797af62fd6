/**
 * Which addresses may be called (SECURITY O1). Everything special is refused: only what the public Internet routes to
 * is left, and loopback when it was allowed by name. The ranges are those of the IANA special-purpose registries.
 */
import ipaddr from "ipaddr.js";

/** Global unicast is handed out from here alone; all else in IPv6 is special, ::/96 (IPv4-compatible) included. */
const GLOBAL_V6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("2000::"), 3];

export type AddressClass = "public" | "loopback" | "special" | "invalid";

/** What kind of address `text` is. IPv6 that carries IPv4 inside (mapped, NAT64, 6to4) is special, whatever it carries. */
export function classOf(text: string): AddressClass {
  // Four decimal parts only: "0177.1" and "2130706433" are read by some resolvers, and by us not at all.
  const address = ipaddr.IPv4.isValidFourPartDecimal(text)
    ? ipaddr.IPv4.parse(text)
    : ipaddr.IPv6.isValid(text)
      ? ipaddr.IPv6.parse(text)
      : null;
  if (address === null) return "invalid";
  const range = address.range();
  if (range === "loopback") return "loopback";
  if (range !== "unicast") return "special";
  return address instanceof ipaddr.IPv6 && !address.match(GLOBAL_V6) ? "special" : "public";
}

/** The host of a URL as an address, without the brackets of IPv6; null when it is a name. */
export function literalHost(url: URL): string | null {
  const { hostname } = url;
  if (hostname.startsWith("[")) return hostname.slice(1, -1);
  return ipaddr.IPv4.isValidFourPartDecimal(hostname) ? hostname : null;
}

/** Whether the host itself says that it is this machine. */
export function isLoopbackName(url: URL): boolean {
  const literal = literalHost(url);
  if (literal !== null) return classOf(literal) === "loopback";
  return url.hostname === "localhost" || url.hostname.endsWith(".localhost");
}

export function isAllowed(address: string, loopbackAllowed: boolean): boolean {
  const kind = classOf(address);
  return kind === "public" || (kind === "loopback" && loopbackAllowed);
}
