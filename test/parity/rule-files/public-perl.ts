import type { ParityCase, RuleFile } from '../case.ts'
import { redirect } from '../manual/surroundings.ts'

/** Lines for public rule files that hold Perl code, and what the code loads: stand-ins of ours for modules that are theirs. */
interface PerlRuleSet {
  /** Below `../shared/rulesets`. */
  readonly names: readonly string[]
  readonly inputs?: readonly string[]
  readonly modules: readonly RuleFile[]
  /** The seconds since the line before, the line, and its input. */
  readonly lines: readonly (readonly [gap: number, text: string, source?: string])[]
}

const SEC_JSON = `package SecJson;
my $parser = eval { require Cpanel::JSON::XS } ? Cpanel::JSON::XS->new : do { require JSON::PP; JSON::PP->new };
sub json2matchvar {
    my $parsed = eval { $parser->utf8->decode($_[0]) };
    return 0 if !defined $parsed || ref $parsed ne 'HASH';
    my %variables;
    flatten(\\%variables, '', $parsed);
    return \\%variables;
}
sub flatten {
    my ($to, $prefix, $from) = @_;
    for my $name (keys %$from) {
        my $value = $from->{$name};
        if (ref $value eq 'HASH') { flatten($to, "$prefix\${name}_", $value) }
        else { $to->{"$prefix$name"} = ref $value eq 'ARRAY' ? join(',', @$value) : $value }
    }
}
1;
`

const SEC_UTF8 = `package SecUtf8;
use Encode qw(decode encode FB_CROAK);
sub match {
    my ($line, $pattern) = @_;
    my $decoded = eval { decode('UTF-8', $line, FB_CROAK) };
    return 0 unless defined $decoded;
    my @groups = $decoded =~ /$pattern/ or return 0;
    return map { encode('UTF-8', $_) } @groups;
}
1;
`

const SEC_TO_XYMON = `package Sec2Xym;
my ($debug, @set_up) = (0);
sub init_sec2xym { @set_up = @_; return scalar(@_) . " values, server $_[0], port $_[1]" }
sub fake_signal_handler { return $_[0] eq 'INT' ? '' : "signal @_" }
sub sendToXymon { return join '/', map { defined $_ ? $_ : 'none' } @_ }
sub refresh_config { return map { "refreshed $_" } @_ }
sub toggle_debug { $debug = 1 - $debug; return $debug ? 'debug on' : 'debug off' }
sub XymonStatusUpdate { my ($host, $column, $colour, $life, @text) = @_; return "status $column $colour $life: @text" }
1;
`

const scan = (from: number, to: number, port: number): string =>
  `x PORTSCAN FROM 10.0.0.${from} TO 10.1.0.${to}:${port}`
const link = (name: string, state: string, place = 'my-important-switch'): string =>
  `${place} 1: %LINK-3-UPDOWN: Interface ${name}, changed state to ${state}`

export const PERL_RULE_SETS: readonly PerlRuleSet[] = [
  {
    names: ['portscan.sec'],
    modules: [],
    lines: [
      ...Array.from({ length: 14 }, (_, to): [number, string] => [2, scan(1, to, 22)]),
      ...Array.from({ length: 30 }, (_, to): [number, string] => [1, scan(to % 2, to % 12, 80 + (to % 3))]),
      ...Array.from({ length: 12 }, (_, to): [number, string] => [20, scan(2, to, 443)]),
      ...Array.from({ length: 11 }, (_, to): [number, string] => [70, scan(3, to, 25)])
    ]
  },
  {
    names: ['cisco/pix-url.sec'],
    modules: [
      { name: 'watch4badwords', text: '\\bbad word\\b\n[Ww]orse\nw0rst\n' },
      { name: 'watch4excludes', text: '\\b10\\.10\\.2\\.4\\b\ncherry tree\nexample.com\n' }
    ],
    lines: [
      '10.1.1.1 Accessed URL 192.0.2.1:/a bad word',
      '10.10.2.4 Accessed URL 192.0.2.1:/a bad word',
      '10.1.1.2 Accessed URL 192.0.2.1:/Worse and w0rst',
      '10.1.1.3 Accessed URL 192.0.2.1:/good',
      '10.1.1.3 Accessed URL example.com:/w0rst',
      '10.1.1.4 Accessed URL 192.0.2.1:/bad words'
    ].map(text => [3, text] as const)
  },
  {
    names: ['utf8/test-utf8.sec'],
    modules: [{ name: 'SecUtf8.pm', text: SEC_UTF8 }],
    lines: [
      '\xc3\xa4pfel',
      '\xc3\xb6l\xc3\xa9',
      'apfel',
      '\xc3\xbc',
      '\xc3\xbcber 1',
      '\xe4pfel',
      '\xc3\xbc\xff',
      '\xc3\xa4b'
    ].map(text => [1, text] as const)
  },
  {
    names: ['parsing-json/parse-json.sec'],
    modules: [{ name: 'SecJson.pm', text: SEC_JSON }],
    lines: [
      'x @cee: {"test":"abc","test2":"def"}',
      'x @cee: {"test":{"a":1},"b":[1,2]}',
      'x @cee: {"test":"gr\xc3\xbcn \\u00e9 \\n"}',
      'x @cee: {"test":null,"x":1.50}',
      'x @cee: {"test":',
      'x @cee: [1]',
      'x {"test":"no"}',
      'x @cee: {"test":"%s $1"}'
    ].map(text => [1, text] as const)
  },
  {
    names: ['tutorial-read-from-file.sec'],
    modules: [
      { name: 'myhashes.txt', text: 'GigabitEthernet1/4=FIREWALL\nGigabitEthernet3/16=WEBSERVER-01\n' }
    ],
    lines: [
      [0, link('GigabitEthernet3/16', 'down')],
      [5, link('GigabitEthernet3/16', 'up')],
      [5, link('GigabitEthernet1/4', 'down')],
      [5, link('GigabitEthernet9/9', 'down')],
      [5, link('GigabitEthernet3/16', 'down', 'other-switch')],
      [70, link('GigabitEthernet1/4', 'up')],
      [5, link('GigabitEthernet1/4', 'up')],
      [5, link('GigabitEthernet3/16', 'down')],
      [99, link('GigabitEthernet3/16', 'up')]
    ]
  },
  {
    names: ['xymon/xymon.sr', 'xymon/01control.sr', 'xymon/CEPoller.sr'],
    inputs: ['control=CONTROL', 'poller=CEPOLLER'],
    modules: [{ name: 'sec2xym.pm', text: SEC_TO_XYMON }],
    lines: [
      ...[
        'reset',
        'reload',
        'verbose',
        'dumpstats',
        'logrotate',
        'kill TERM',
        'kill INT',
        'kill 9',
        'ping',
        'refresh_config',
        'debug',
        'debug'
      ].map(text => [1, text, 'control'] as const),
      [1, 'reset', 'poller'],
      [1, 'FATAL Mailbox Poller is already running as 7', 'poller'],
      [1, 'FATAL Mailbox Poller is already running as 8', 'poller'],
      [5, 'FATAL Mailbox Poller is already running as 9', 'poller'],
      [400, 'quiet', 'poller']
    ]
  }
]

/** A line of a rule file that makes Perl code of it. */
export const HAS_PERL =
  /^(?:eg)?ptype\d*=\s*N?PerlFunc|\b(?:eval|l?call)\s+%|^context\d*=(?:.*[\s)])?(?:->|:>|=)\s*\(/im

const START = 1_300_000_000

/** `texts`: of the rule files, by name. Modules are taken from where the case runs, and what is only logged is written. */
export function perlRuleSetCase(
  { names, inputs = [], modules, lines }: PerlRuleSet,
  texts: ReadonlyMap<string, string>,
  programs: string
): ParityCase {
  let now = START
  const timeline = lines.map(
    ([gap, text, source]) => `@${(now += gap)}${source === undefined ? '' : `=${source}`} ${text}`
  )
  return {
    files: names.map((name, index) => ({
      name: `rules${index}.sec`,
      text: redirect(texts.get(name) ?? '', programs)
        .replaceAll(/(?<![\w/])mail -s/g, `${programs}/mail -s`)
        .replaceAll(/\/etc\/sec\/(?:perl\/)?|\/root\/|lib\/(?=sec2xym)/g, './')
    })),
    modules,
    timeline: `@${START}\n${timeline.join('\n')}\n@${now + 100}\n`,
    options: { intcontexts: true, intevents: true, inputs, runPrograms: true }
  }
}
