// Runs programs to their ends and tells what they took.
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

/** Takes in the children of a program that has ended before them (`prctl(PR_SET_CHILD_SUBREAPER)`), so that their time counts. */
const REAPER = `
use Time::HiRes 'time';
syscall($ENV{PRCTL}, 36, 1, 0, 0, 0);
my $start = time;
my $pid = fork // die;
if (!$pid) { exec @ARGV or exit 127 }
my $status;
while ((my $ended = wait) > 0) { $status = $? if $ended == $pid }
my (undef, undef, $user, $system) = times;
printf STDERR "\\nended %d %.3f %.3f\\n", $status, time - $start, $user + $system;
`
const PRCTL = { x64: 157, arm64: 167 }[process.arch]

/** @returns {{ wall: number, cpu: number, output: string }} seconds; processor time is that of all threads and children */
export function runMeasured(command, outputFile, environment = {}) {
  const output = openSync(outputFile, 'w')
  const { stderr } = spawnSync('perl', ['-e', REAPER, '--', ...command], {
    encoding: 'utf8',
    stdio: ['ignore', output, 'pipe'],
    env: { ...process.env, ...environment, PRCTL }
  })
  closeSync(output)
  const [, status, wall, cpu] = /\nended (\d+) ([\d.]+) ([\d.]+)\n$/.exec(stderr) ?? []
  if (status !== '0') throw new Error(`${command.join(' ')} ended with status ${status}: ${stderr}`)
  return { wall: Number(wall), cpu: Number(cpu), output: readFileSync(outputFile, 'latin1'), errors: stderr }
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
