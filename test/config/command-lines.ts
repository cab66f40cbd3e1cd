/** Split at white space; `''` is an empty argument. */
function line(text: string): string[] {
  return text.split(/\s+/).map(argument => (argument === "''" ? '' : argument))
}

const simple = `
-conf=a | --conf a | +conf=a | --conf=a --conf=b | --conf -x | --conf --debug=3 | --conf -- | --conf '' --conf a | --conf= | --conf
foo | foo --debug=3 | - | + | -- --debug=3 | --log -- --debug=3 | --=x | -=3 | +=3 | ---debug=3 | --? | -? | -h | --he | -v | --vers
--debug 3 | -debug -3 | --debug foo --cleantime=5 | --DEB=7 | --DEB=x | --deb | --debug=+3 | --debug=3_ | --debug=-0 | --debug=5x
--debug=1e1 | --debug=0x3 | --debug=10000000000000000000000 | --debug=3 --debug=9 | --debug=9 --debug=3 | --debug=x --debug=3 | --debug=3 --debug=x
--nodetach | --no-detach | --no_detach | --detach= | --notail | --no-tail | --NOTAIL | --not | --no | --n | --non | --tail=1 | --notail=0 | --no-tail=3
-no-ta | -TAIL | --tail --notail | --notail --tail | --noconf=3 | --no-conf | --nohelp | --noversion | --nobogus | --Bogus=3 | --FOO
--input-t 4 | --input_timeout=4 | --input_t=4 --timeout_s=x | --input-timeout=4 --timeout-script=x | --timeout-script=x | --timeout | --time=a
--input-timeout=4 --reopen-timeout=-1 | --input-timeout=4 --timeout-script '' | --timeout-s --debug=9 | --inputtimeout=3 | --input-timeout=0
--check=4 | --check_ 4 | --check_t=x | --check | --CHECK=x | --ch | --che=3 | --chi | --nochi | --re=4 | --re | --reo=x | --C=3 | --c=x | --cl=0 | --co=a
--poll=.5 | --poll=5. | --poll=1e-1 | --poll=1_0.5 | --poll=-.5 | --poll=1e | --poll=. | --poll=_1 | --poll=+.5 | --poll=1__0 | --poll=0 | --poll=1.e1
--poll=1.5e+1 | --poll=1E1 | --poll=abc | --poll= | --poll '' | --poll 7
--umask=0b11 | --umask=0x1f | --umask=0X1F | --umask=027 | --umask=23 | --umask=0 | --umask=08 | --umask=1_1 | --umask=-0 | --umask=-1 | --umask=+0x1f
--umask=0b | --umask=0777 | --umask=01000 | --umask=0888 | --umask=778 | --umask '' | --um=0
--bufsize=+5 | --bufsize=010 | --bufsize=1_000 | --bufsize=_1 | --bufsize=-1 | --bufsize=x | --bufsize=1.5 | --bufsize=0 | --bufsize=99999999999999999999
--blocksize=0 | --blocksize=-1 | --blocksize=1 | --bl=1 | --blocksize 1 2 3 | --b | --evstoresize=-1 | --e=5 | --cleantime=9999999999 | --cleantime=-1 | --cleantime=1.
--socket-timeout=0 | --so=3 | --socket_t=3 | --s | --sy=user | --syslog '' | --log '' | --log=LL | --l=LL | --pid '' | --pid=PP | --pa | --p
--user '' | --us | --u | --group=x | --g=a | --group '' | --group x --user '' | --group=x --umask=999
--dump | --dump= | --dump=D | --dumpf | --dumpft | --nodum | --nodumpfj | --in | --int | --inp | --intc | --no-intc | --noint | --no-i | --inpu=a | --input=a --input=b
--input=a=C | --i=3 | --t | --te | --ta | --no-t | --nor | --ru | --rw | --norw | --q | --o | --k | --nokeepopen | --f | --j | --d | --de3 | -d3 | -debug3
--help=1 | --?=1 | --version=2 | --h=1 | --help --debug=9 --foo | --version --help | --testonly --notestonly --testonly | --testonly=
--debug=9 --bufsize=-1 --blocksize=0 --cleantime=-1 --evstoresize=-1 --umask=999 --reopen-timeout=-1 --check-timeout=-1 --poll-timeout=-1 --socket-timeout=0 --input-timeout=-1 --group=x --bufsize=x --nosuch
--group '' --user '' --dump '' --pid '' --debug=9 --syslog '' --log '' --cleantime=-1 --input '' --conf '' --timeout-script '' --input-timeout=-1 --umask=999
`

/** Command lines to compare with SEC: each habit of Getopt::Long and each check of SEC, in and out of range. */
export const commandLines: readonly (readonly string[])[] = [
  ...simple
    .trim()
    .split(/\s+\|\s+|\n/)
    .map(line),
  ['--debug= 3'],
  ['--debug', ' 3'],
  ['--debug=3\n'],
  ['--log=a b'],
  ['--conf=a\nb'],
  ['--bo\ngus'],
  ['--debug=', '3']
]
