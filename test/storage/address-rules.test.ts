import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { describe, it } from 'node:test';
import { createAddressRules, NOT_PUBLIC } from '../../src/storage/address-rules.ts';
import { NOT_GLOBAL } from '../helpers/special-addresses.ts';

describe('addresses', () => {
  const check = (allow: string[], address: string[], at = 443, host = 'host.example') =>
    createAddressRules({
      allow,
      ports: [
        [80, 80],
        [443, 443],
        [8000, 8999],
      ],
    }).check(host, at, address);
  const refused = { name: 'RemoteFileError', message: NOT_PUBLIC, transient: false };

  for (const [reason, addresses] of Object.entries(NOT_GLOBAL))
    it(`are refused: ${reason}`, () => {
      for (const address of addresses) assert.throws(() => check([], [address]), refused, address);
    });

  it('that are public are taken, also where an IPv6 address stands for one', () => {
    const addresses = [
      '8.8.8.8',
      '1.1.1.1',
      '172.32.0.1',
      '192.167.1.1',
      '169.253.1.1',
      '100.128.0.1',
      '223.255.255.255',
    ];
    const others = ['2606:4700::1111', '2a00:1450:4001::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'];
    for (const address of [...addresses, ...others]) check([], [address]);
  });

  it('are all checked: one that is private is too many', () => {
    assert.throws(() => check([], ['8.8.8.8', '10.0.0.1']), refused);
    assert.throws(() => check([], ['::1', '2606:4700::1111']), refused);
    assert.throws(() => check([], []), refused);
  });

  it('of this machine itself do not count as public', (t) => {
    const real = os.networkInterfaces();
    const end = { address: '8.8.4.4', family: 'IPv4' } as os.NetworkInterfaceInfo;
    t.mock.method(os, 'networkInterfaces', () => ({ ...real, eth9: [end] }));
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    assert.throws(() => check([], ['8.8.4.4']), refused);
    assert.throws(() => check([], ['::ffff:8.8.4.4']), refused);
    check([], ['8.8.8.8']);
    check(['8.8.4.4'], ['8.8.4.4']);
  });

  it('have the allowed ports only, which are named; what is private says nothing of ports', () => {
    for (const good of [80, 443, 8000, 8443, 8999]) check([], ['8.8.8.8'], good);
    for (const bad of [1, 22, 25, 81, 6379, 7999, 9000, 65_535])
      assert.throws(() => check([], ['8.8.8.8'], bad), {
        message: `the URL's port is ${bad}; allowed are 80, 443, 8000 to 8999`,
      });
    assert.throws(() => check([], ['10.0.0.1'], 22), refused);
  });

  it('may be allowed by number and by range, however they are written', () => {
    check(['192.168.1.20'], ['192.168.1.20'], 22);
    check(['192.168.1.20'], ['::ffff:192.168.1.20']);
    check(['10.0.0.0/8', 'fd00::/8'], ['10.9.8.7', 'fd12::1']);
    check(['FD00:0:0::1'], ['fd00::1']);
    check(['127.0.0.0/8', '64:ff9b::/96'], ['64:ff9b::10.0.0.1']);
    check(['192.168.1.20:8096', '[fd00::1]:8096'], ['192.168.1.20', 'fd00::1'], 8096);
    assert.throws(() => check(['192.168.1.20:8096'], ['192.168.1.20'], 8097), refused);
    assert.throws(() => check(['[fd00::1]:8096'], ['fd00::1'], 443), refused);
    assert.throws(() => check(['10.0.0.0/8'], ['11.0.0.1', '10.0.0.1', '192.168.0.1']), refused);
  });

  it('of a host that is allowed by its name may be private, but not those of machines or metadata', () => {
    const allow = ['media.lan:8096', 'Nas.Lan.', 'bücher.lan'];
    for (const address of [
      '192.168.1.20',
      '10.0.0.1',
      'fd00::1',
      '100.64.0.9',
      '127.0.0.1',
      '8.8.8.8',
      '::ffff:10.0.0.1',
    ])
      check(allow, [address], 8096, 'media.lan');
    check(allow, ['10.0.0.1'], 22, 'nas.lan');
    check(allow, ['10.0.0.1'], 22, 'nas.lan.');
    check(allow, ['10.0.0.1'], 80, 'xn--bcher-kva.lan');
    for (const host of ['media.lan.example.org', 'amedia.lan', 'lan', 'x.media.lan'])
      assert.throws(() => check(allow, ['10.0.0.1'], 8096, host), refused, host);
    assert.throws(() => check(allow, ['10.0.0.1'], 80, 'media.lan'), refused);
    const never = [
      '169.254.169.254',
      '168.63.129.16',
      '100.100.100.200',
      '192.0.0.192',
      'fd00:ec2::254',
      'fd20:ce::254',
    ];
    for (const address of [...never, '0.0.0.0', 'fe80::1', '224.0.0.1', '::', '64:ff9b::a9fe:a9fe'])
      assert.throws(() => check(allow, [address], 8096, 'media.lan'), refused, address);
    assert.throws(() => check(allow, ['10.0.0.1', '169.254.169.254'], 8096, 'media.lan'), refused);
    check([...allow, '169.254.169.254'], ['169.254.169.254'], 80, 'media.lan');
  });
});
