import { expect, test } from 'vitest';
import { isPublicAddress } from './is-public-address.ts';

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '93.184.215.14',
  '100.63.255.255',
  '100.128.0.0',
  '168.63.129.15',
  '172.15.255.255',
  '172.32.0.0',
  '223.255.255.255',
  '::ffff:8.8.8.8',
  '2606:4700:4700::1111',
  '2a00:1450:4001:82f::200e',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

const SPECIAL = {
  'this network, private, shared, loopback':
    '0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 172.16.0.1 172.31.255.255 192.168.0.1',
  'link-local and metadata services':
    '169.254.0.1 169.254.169.254 169.254.170.2 100.100.100.200 192.0.0.192 168.63.129.16 fd00:ec2::254',
  'assignments, documentation, relays, benchmarks':
    '192.0.0.1 192.0.2.1 198.51.100.1 203.0.113.1 192.88.99.1 198.18.0.1 198.19.255.255 192.31.196.1 192.175.48.1 192.52.193.1',
  'multicast, reserved, broadcast': '224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 ff02::1',
  'IPv6 of one network': ':: ::1 fe80::1 febf::1 fec0::1 feff::1 fc00::1 fdff::1',
  'IPv4 in IPv6: mapped':
    '::ffff:127.0.0.1 ::ffff:7f00:1 0:0:0:0:0:ffff:a00:1 ::ffff:169.254.169.254 ::FFFF:10.0.0.1',
  'IPv4 in IPv6: compatible, translated, public ones too':
    '::127.0.0.1 ::7f00:1 ::8.8.8.8 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8',
  'IPv4 in IPv6: NAT64, 6to4, Teredo':
    '64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::7f00:1 2002:7f00:1:: 2002:a00:1::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2',
  'IPv6 for documentation, benchmarks, identifiers, AS112':
    '2001:db8::1 3fff::1 3fff:fff::1 2001:2::1 2001:10::1 2001:20::1 2001:30::1 2620:4f:8000::1',
  'IPv6 that is not global unicast': '100::1 5f00::1 4000::1 8000::1 1::1 1fff::1',
  'with a zone': 'fe80::1%eth0 2606:4700:4700::1111%eth0',
  'no address as sockets write it':
    'localhost 0177.0.0.1 2130706433 0x7f.1 127.1 8.8.8.8. [::1] 8.8.8.8:80',
};

test.each(
  Object.entries(SPECIAL).flatMap(([what, addresses]) =>
    addresses.split(' ').map((address) => [address, what]),
  ),
)('%s is not public: %s', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test('no text is no public address', () => {
  expect(isPublicAddress('')).toBe(false);
  expect(isPublicAddress(' 8.8.8.8')).toBe(false);
});
