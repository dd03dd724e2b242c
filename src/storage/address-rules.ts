import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { RemoteFileError } from './remote-file-error.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Which places a URL may lead to. */
export interface AddressRules {
  /**
   * Checks every address that a host was found at, and the port; nothing else may then be connected to.
   * @param host as `URL.hostname` has it
   * @throws RemoteFileError, which says nothing of what was found
   */
  check(host: string, port: number, addresses: readonly string[]): void;
}

export interface AddressRuleOptions {
  /**
   * What may be reached though it is private: an IP address, a CIDR range or a host's name, an address or a name also
   * with a port: `10.0.0.0/8`, `[fd00::1]:8080`, `media.lan:8080`. Without one, every port of it.
   */
  allow: readonly string[];
  /** Ports of public addresses, from and to. */
  ports: readonly (readonly [number, number])[];
}

/** What is said of a name that there is not, too: which names a private network knows is nobody's business. */
export const NOT_PUBLIC = 'the URL leads to a private address or to none';

/** The only IPv6 addresses that are given out for the whole Internet (RFC 4291, 2.4, and IANA's registry). */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
/** A translator connects to the IPv4 address in the last four bytes (RFC 6052, 2.1). */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');
/** Where clouds tell machines their secrets, beside the link-local 169.254.169.254. Azure's has a public number. */
const METADATA = ['168.63.129.16', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254'].map((text) => idOf(text));
/** Where a host may be that is allowed by its name: of link-local or reserved addresses nobody means a host of files. */
const NAMED_RANGES = ['private', 'uniqueLocal', 'carrierGradeNat', 'loopback'];

interface Entry {
  port: number | undefined;
  covers(host: string, address: Address): boolean;
}

/** Only what is public by the registries of IANA may be reached, on the given ports, and what is allowed besides. */
export function createAddressRules({ allow, ports }: AddressRuleOptions): AddressRules {
  const entries = allow.map(parseEntry);
  const isPort = (port: number) => ports.some(([from, to]) => from <= port && port <= to);
  return {
    check(host, port, addresses) {
      const name = nameOf(host);
      const others = addresses.map(parseAddress).filter((address) => {
        const isNear = (entry: Entry) => entry.port === undefined || entry.port === port;
        return !entries.some((entry) => isNear(entry) && entry.covers(name, address));
      });
      if (addresses.length === 0 || !others.every(isPublic)) throw new RemoteFileError(NOT_PUBLIC, false);
      if (others.length === 0 || isPort(port)) return;
      const allowed = ports.map(([from, to]) => (from === to ? from : `${from} to ${to}`)).join(', ');
      throw new RemoteFileError(`the URL's port is ${port}; allowed are ${allowed}`, false);
    },
  };
}

function parseEntry(text: string): Entry {
  if (text.includes('/')) {
    const range = ipaddr.parseCIDR(text);
    return { port: undefined, covers: (_, address) => [address, reached(address)].some((one) => isWithin(one, range)) };
  }
  const [, literal, port] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(text) ?? [undefined, text, undefined];
  const host = (literal ?? text).replace(/^\[(.*)\]$/, '$1');
  const near = port === undefined ? undefined : Number(port);
  if (isIP(host)) {
    const id = idOf(host);
    return { port: near, covers: (_, address) => idOf(address) === id };
  }
  const name = nameOf(new URL(`http://${host}`).hostname);
  return { port: near, covers: (other, address) => other === name && isOfNamedHost(address) };
}

/** Spelled by `URL` first: the library takes `::8.8.8.8`, which is no address of the Internet, for `::ffff:8.8.8.8`. */
function parseAddress(text: string): Address {
  if (isIP(text) !== 6) return ipaddr.parse(text);
  const [number] = text.split('%');
  return ipaddr.parse(new URL(`http://[${number}]`).hostname.slice(1, -1));
}

/** A name as it is compared; `URL` has made it lower-case ASCII. */
function nameOf(host: string): string {
  return host.replace(/\.$/, '');
}

function isOfNamedHost(address: Address): boolean {
  return isGlobal(address) || (NAMED_RANGES.includes(reached(address).range()) && !isMetadata(address));
}

/** This machine's own addresses do not count: behind them are services that its firewall keeps from the Internet. */
function isPublic(address: Address): boolean {
  return isGlobal(address) && !ownAddresses().includes(idOf(address));
}

function isGlobal(given: Address): boolean {
  const address = reached(given);
  const isUnicast = address.range() === 'unicast' && !isMetadata(address);
  return isUnicast && (address.kind() === 'ipv4' || isWithin(address, GLOBAL_UNICAST));
}

function isMetadata(address: Address): boolean {
  return METADATA.includes(idOf(address));
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((ends) => (ends ?? []).map(({ address }) => idOf(address)));
}

/** The address that is connected to in the end: an IPv6 address may stand for one of IPv4. */
function reached(address: Address): Address {
  if (!('isIPv4MappedAddress' in address)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  return isWithin(address, NAT64) ? ipaddr.fromByteArray(address.toByteArray().slice(12)) : address;
}

function isWithin(address: Address, range: Range): boolean {
  return address.kind() === range[0].kind() && address.match(range);
}

/** One text for each address, however it is written. */
function idOf(address: Address | string): string {
  const parsed = typeof address === 'string' ? parseAddress(address) : address;
  return reached(parsed).toNormalizedString();
}
