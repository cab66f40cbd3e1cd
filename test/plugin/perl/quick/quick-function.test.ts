import { describe, expect, test } from 'vitest'
import { ASK_PERL, quickFunction } from '../../../../plugin/perl/quick/quick-function.ts'

const packet = `sub { my(%field); my($text) = $_[0];
  if ($text !~ /kernel: packet:/g) { return 0; }
  while ($text =~ /\\G\\s*([A-Z]+)(?:=(\\S*))?/g) { $field{$1} = defined($2) ? $2 : 1; }
  return \\%field; }`

describe('a function that needs no Perl', () => {
  test.each([
    [
      'fields, one after the other',
      packet,
      'x kernel: packet: IN=a OUT= SYN end',
      { IN: 'a', OUT: '', SYN: '1' }
    ],
    ['a line that does not match', packet, 'x', undefined],
    ['groups', 'sub { return $_[0] =~ /(a)(b)?/ }', 'a', { 1: 'a', 2: undefined }],
    ['its last value', 'sub { $_[0] eq "a" }', 'a', { 1: '1' }],
    [
      'variables',
      'sub { my ($x, $y) = $_[0] =~ /(\\w)(\\w)/ or return; return ($y, "<$x>") }',
      'ab',
      { 1: 'b', 2: '<a>' }
    ],
    [
      'a hash',
      "sub { return { first => $1, 'of two' => $_[1] } if $_[0] =~ /(a)/; return }",
      'a',
      { first: 'a', 'of two': undefined }
    ],
    [
      'a name like one of an object',
      'sub { my %h; $h{__proto__} = "x"; return \\%h }',
      '',
      JSON.parse('{"__proto__":"x"}')
    ]
  ])('%s', (_name, code, line, expected) => {
    expect(quickFunction(code)?.match([line, undefined])).toEqual(expected)
  })

  test.each([
    ['a variable that others share', 'sub { $_[0] =~ /a/ && $count }'],
    ['a variable of a closure', 'do { my $n; sub { return $n } }'],
    ['what is changed', 'sub { ++$_[0] }'],
    ['a parameter that is set', 'sub { $_[0] = 1; return 1 }'],
    ['the same of a hash', 'sub { $_[0]->{a} = 1 }'],
    ['a substitution', 'sub { my $x = $_[0]; $x =~ s/a/b/; return $x }'],
    ['a call', 'sub { return lc($_[0]) eq "a" }'],
    ['code in an expression', 'sub { $_[0] =~ /(?{ print 1 })/ }'],
    ['a variable in an expression', 'sub { my $x = "a"; $_[0] =~ /$x/ }'],
    ['what stands behind the function', 'sub { return 1 }, sub { return 0 }'],
    ['its call', 'sub { sub { 1 } }->()'],
    ['a variable under a condition', 'sub { my $x = 1 if $_[0]; return $x }'],
    ['an element of an element', 'sub { $_[0]->{a}{b} }'],
    ['an expression that may take for ever', 'sub { $_[0] =~ /^(?:a+)+$/ }'],
    ['arithmetic', 'sub { return $_[0] + 1 }'],
    ['an option that Perl alone has', 'sub { $_[0] =~ /a/u }'],
    ['a name of another package', 'sub { my $x; return $x::y }']
  ])('none: %s', (_name, code) => {
    expect(quickFunction(code)).toBeUndefined()
  })

  test.each([
    ['a comparison of what is undefined', 'sub { return $_[1] eq "" }'],
    ['a number that is none', 'sub { return $_[0] == 1 }'],
    ['a group of no match', 'sub { return $1 }'],
    ['a group of a match in a block that has ended', 'sub { if ($_[0]) { $_[0] =~ /(.)/; } return $1 }'],
    ['the value of a condition at the end', 'sub { if ($_[0] eq "b") { return 1 } }'],
    ['a loop without an end', 'sub { while (1) { } }']
  ])('is asked of Perl: %s', (_name, code) => {
    expect(quickFunction(code)?.match(['a', undefined])).toBe(ASK_PERL)
  })

  test('is not tried again where most calls were in vain', () => {
    const quick = quickFunction('sub { if ($_[0] =~ /b/) { return 1 } }')
    for (let call = 0; call < 100; call++) expect(quick?.match(['a'])).toBe(ASK_PERL)
    expect(quick?.match(['b'])).toBe(ASK_PERL)
  })

  test('as a condition, of a hash that it reads', () => {
    const quick = quickFunction('sub { return exists($_[0]->{"SYN"}) && $_[0]->{FIN} eq "1" }')
    expect(quick?.test([{ SYN: undefined, FIN: '1' }])).toBe(true)
    expect(quick?.test([{ FIN: '1' }])).toBe(false)
    expect(quick?.test([{ SYN: '1' }])).toBe(ASK_PERL)
    expect(quick?.test(['text'])).toBe(ASK_PERL)
  })
})
