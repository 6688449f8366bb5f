# Whole-program tests in bash, as TAP.  A test file begins with
#
#	#!/usr/bin/env bash
#	. "$(dirname "$0")/../lib.sh"
#
# One that mounts sets own_mounts=1 before: as root it then has a mount namespace of its own, for others
# that run at the same time count the mounts.
#
# and ends with `finish`.  It runs once in the sharing and once in the copying launch (tests/run),
# so what it prints must not depend on $NSRUN_LAUNCH.
#
# nsrun ARG...              the program under test, in the launch under test; in front of another
#                           command (timeout 1 ...) it is "${launcher[@]}"
# run COMMAND [ARG...]      runs it: $out, $err (without the last newlines), $status as a shell has
#                           it, $ending ("exit 3", "signal 15", "signal 6 core")
# ran NAME STATUS OUT ERR   one test: all three are as wanted; $ending is printed if not
# ended NAME ENDING         one test of $ending
# ok NAME COMMAND [ARG...]  one test: the command succeeds
# is NAME GOT WANTED        one test: equal texts
# like NAME GOT REGEX       one test: an extended regular expression
# pass NAME, fail NAME [WHY]
# skip NAME REASON          one test that cannot be made here
# need root|user|judgement|COMMAND...   at the head of a file: all of it needs that
# is_root, has COMMAND, is_static   questions; the last is about nsrun
# as_user COMMAND...        (as root) as the ordinary user of the tests
# helper NAME               the path of a C helper, tests/system/NAME.c
# $T                        a directory for the file's own things, removed at the end; the working
#                           directory and $TMPDIR are empty ones in it that must stay empty
# in_sample                 whether this one of many alike is to be tried: with NSRUN_SAMPLE=I/N each N-th, from
#                           the one with number I on
# can_judge                 whether this kernel tells what a PID 1 does with a signal (src/pid1.c)
# "${every[@]}"             --all of what this kernel has
# hurry SECONDS COMMAND...  the command, killed (status 137) if it takes longer
# hold ARG...               starts `nsrun ARG... -- sleep 1000` and comes back when it sleeps:
#                           $outside is nsrun, $inside the command, as numbered out here
# drop SIGNAL               sends it to nsrun and waits: $status
# eventually COMMAND...     whether the command succeeds within five seconds (NSRUN_SLOW times that), tried
#                           again and again
# shellcheck shell=bash

set -u

if [[ -n ${own_mounts-} && -z ${NSRUN_OWN_MOUNTS-} ]] && ((EUID == 0)); then
	NSRUN_OWN_MOUNTS=1 exec unshare --mount "$0"
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
NSRUN=${NSRUN:-$here/build/nsrun}
NSRUN_HELPERS=${NSRUN_HELPERS:-$here/build/helpers}
NSRUN_LAUNCH=${NSRUN_LAUNCH:-share}
NSRUN_USER=nsrun-test
export NSRUN NSRUN_HELPERS NSRUN_LAUNCH NSRUN_USER
launcher=("$NSRUN")
if [[ $NSRUN_LAUNCH == copy ]]; then
	launcher+=(--copy)
fi

slow=${NSRUN_SLOW:-1}
sample=${NSRUN_SAMPLE:-0/1}
alike=0
every=(--all)
[[ -e /proc/self/ns/time ]] || every+=(--share time)
tests=0
failures=0
out='' err='' status=0 ending=''
outside='' inside=''

helper() {
	printf '%s/%s' "$NSRUN_HELPERS" "$1"
}

is_root() {
	((EUID == 0))
}

has() {
	command -v "$1" >/dev/null
}

# With sanitizers it is dynamic, and they do what nsrun does not.
is_static() {
	! ldd "$NSRUN" >/dev/null 2>&1
}

in_sample() {
	((alike++ % ${sample#*/} == ${sample%/*}))
}

can_judge() {
	[[ -e /proc/self/syscall ]]
}

nsrun() {
	"${launcher[@]}" "$@"
}

to_user=(setpriv --reuid "$NSRUN_USER" --regid "$NSRUN_USER" --clear-groups --)

as_user() {
	"${to_user[@]}" "$@"
}

hurry() {
	timeout --foreground -s KILL "$@"
}

eventually() {
	local end=$((SECONDS + 5 * slow))

	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.005
	done
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# The halves of the two users are no skips: tests/run counts neither.
need() {
	local what

	for what; do
		case $what in
		root) is_root || skip_all "belongs to root's half" ;;
		user) is_root && skip_all "belongs to the ordinary user's half" ;;
		judgement) can_judge || skip_all 'this kernel does not tell what a PID 1 does with a signal' ;;
		*) has "$what" || skip_all "$what is not installed" ;;
		esac
	done
}

diagnose() {
	printf '%s\n' "$@" | sed 's/^/#   /' >&2
}

pass() {
	echo "ok $((++tests)) - $1"
}

fail() {
	echo "not ok $((++tests)) - $1"
	((++failures))
	echo "# failed: $1 ($(basename "$0"), ${NSRUN_LAUNCH} launch, uid $EUID)" >&2
	shift
	(($# == 0)) || diagnose "$@"
}

skip() {
	echo "ok $((++tests)) - $1 # SKIP $2"
}

ok() {
	local name=$1

	shift
	if "$@"; then
		pass "$name"
	else
		fail "$name" "failed: $*"
	fi
}

is() {
	if [[ $2 == "$3" ]]; then
		pass "$1"
	else
		fail "$1" "got:    ${2@Q}" "wanted: ${3@Q}"
	fi
}

like() {
	if [[ $2 =~ $3 ]]; then
		pass "$1"
	else
		fail "$1" "got:            ${2@Q}" "wanted to match: $3"
	fi
}

# By a helper that waits for it: bash tells no signal from an exit with 128+N, and speaks itself
# when a command of its own is killed.
run() {
	local words=("$@")

	case $1 in
	nsrun) words=("${launcher[@]}" "${@:2}") ;;
	as_user) words=("${to_user[@]}" "${@:2}") ;;
	esac
	"$NSRUN_HELPERS/ending" "$T/ending" "${words[@]}" >"$T/out" 2>"$T/err"
	status=$?
	read_all "$T/out" out
	read_all "$T/err" err
	read_all "$T/ending" ending
}

# A whole file into a variable, without the newlines at its end, as $(<FILE) but without a fork.
read_all() {
	local -n variable=$2

	# shellcheck disable=SC2034
	IFS= read -r -d '' variable <"$1"
	while [[ $variable == *$'\n' ]]; do
		variable=${variable%$'\n'}
	done
}

ran() {
	if [[ $status == "$2" && $out == "$3" && $err == "$4" ]]; then
		pass "$1"
	else
		fail "$1" "ending: $ending" "status: $status, wanted $2" "out: ${out@Q}" "wanted ${3@Q}" \
			"err: ${err@Q}" "wanted ${4@Q}"
	fi
}

ended() {
	if [[ $ending == "$2" ]]; then
		pass "$1"
	else
		fail "$1" "got:    $ending" "wanted: $2" "err: ${err@Q}"
	fi
}

# hold_command COMMAND ARG...: like hold, for a command line that says "ready" to $T/ready and stays.
hold_command() {
	local answer='' ready

	mkfifo -m 666 "$T/ready"
	exec {ready}<>"$T/ready"
	# In the background, bash has INT and QUIT ignored.
	"$NSRUN_HELPERS/inherit" -d 2 -d 3 "$@" {ready}>&- 2>"$T/err" &
	outside=$!
	read -r -t $((10 * slow)) -u "$ready" answer
	exec {ready}>&-
	rm "$T/ready"
	inside=$(<"/proc/$outside/task/$outside/children")
	# A helper that made the command may be there still, dead.
	inside=${inside% }
	inside=${inside##* }
	: "${inside:=$outside}"
	[[ $answer == ready ]]
}

is_asleep() {
	local name

	read -r name <"/proc/$inside/comm"
	[[ $name == sleep ]]
} 2>/dev/null

hold() {
	# shellcheck disable=SC2016
	hold_command "${launcher[@]}" "$@" -- sh -c 'echo ready >"$0"; exec sleep 1000' "$T/ready" &&
		eventually is_asleep
}

is_over() {
	local state=Z

	read -r _ _ state _ 2>/dev/null <"/proc/$outside/stat"
	[[ $state == Z ]]
}

# Bash has a word for whoever dies of a signal; it is not asked here.  Where nobody can tell that a PID 1
# is deaf, it is killed.
drop() {
	kill -s "$1" "$outside"
	can_judge || is_over || { sleep "$slow"; is_over || kill -s KILL "$inside"; }
	eventually is_over || kill -s KILL "$outside"
	wait "$outside"
	status=$?
} 2>/dev/null

# Processes that carry this file's mark in the environment that they were started with; the shell of
# the file and its forks do not.
survivors() {
	local pid file files mark=$NSRUN_TEST_FILE

	mapfile -t files < <(NSRUN_TEST_FILE='' grep -lz "^NSRUN_TEST_FILE=$mark\$" \
		/proc/[0-9]*/environ 2>/dev/null)
	for file in "${files[@]}"; do
		pid=${file#/proc/}
		pid=${pid%/environ}
		echo "process $pid $(NSRUN_TEST_FILE='' tr '\0' ' ' <"/proc/$pid/cmdline")"
	done 2>/dev/null
}

# Mounts, but for those that other files have in directories of their own meanwhile.
mounts() {
	awk -v own="$T/" 'index($5, own) == 1 || $5 !~ "/nsrun-(test|saved)[.-]" { print "mount", $0 }' \
		/proc/self/mountinfo
}

# What a launch must leave as it was, as text.
census() {
	survivors
	mounts
	for fd in "/proc/$$/fdinfo/"*; do
		echo "descriptor ${fd##*/} $(sed -n 's/^flags:\t*//p' "$fd" 2>/dev/null)"
	done | grep -v 'descriptor [0-9]* $'
	sed 's/^/cgroup /' /proc/self/cgroup
	find "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)" -mindepth 1 -maxdepth 1 -type d \
		-printf 'cgroup below %f\n' 2>/dev/null
	echo "hostname $(cat /proc/sys/kernel/hostname) domain $(cat /proc/sys/kernel/domainname)"
	find "$T/cwd" "$T/tmp" -mindepth 1 -printf 'file %p\n'
}

is_as_before() {
	census >"$T/after"
	cmp -s "$T/before" "$T/after"
}

finish() {
	# Whoever was killed may take a moment to be gone.
	if eventually is_as_before; then
		pass 'no process, mount, descriptor, cgroup, name or file is left behind'
	else
		fail 'no process, mount, descriptor, cgroup, name or file is left behind' \
			"$(diff "$T/before" "$T/after")"
	fi
	[[ -z ${NSRUN_SAMPLE-} ]] || echo "# a sample: $sample of $alike alike"
	echo "1..$tests"
	exit $((failures > 0))
}

if [[ ! -x $NSRUN || ! -x $NSRUN_HELPERS/ending ]]; then
	echo "Bail out! $NSRUN or its helpers are not built: make build-tests"
	exit 1
fi
T=$(mktemp -d "${TMPDIR:-/tmp}/nsrun-test.XXXXXX")
NSRUN_TEST_FILE=$$-$RANDOM$RANDOM
TMPDIR=$T/tmp
export T TMPDIR NSRUN_TEST_FILE
chmod 755 "$T"
mkdir "$T/cwd" "$T/tmp"
cd "$T/cwd" || exit 1
exec </dev/null
trap 'cd /; rm -rf "$T"' EXIT
census >"$T/before"
