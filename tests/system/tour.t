#!/usr/bin/env bash
# The tour of README.md: every command of it is run, and says what the page says.
#
# A command with sudo belongs to root's half; the others are run as the ordinary user, by root too.
own_mounts=1
. "$(dirname "$0")/../lib.sh"
. "$here/tests/console.sh"

readme=$here/README.md

# What differs between machines, users and launches is made alike: on both sides.  The trace is put
# in order: who clones reports it while the newborn goes on.
alike() {
	sed -E 's/[[:space:]]+$//
		s/on Linux [0-9]+\.[0-9]+/on Linux N/
		s/\([0-9]+ us\)/(N us)/
		s/uid [0-9]+(, who)? lacks/uid N\1 lacks/
		s/"0 [0-9]+ 1", [0-9]+/"0 N 1", N/
		s/CLONE_VM\|CLONE_VFORK\|//' |
		awk '/^nsrun: trace: / { print | "sort -V"; next } { print }'
}

user=()
if is_root; then
	user=(as_user)
fi
refusal=$("${user[@]}" "$NSRUN" --user -- true 2>&1 | head -1)

# Why a command cannot be run here, or nothing.
obstacle() {
	if [[ $owner == root ]]; then
		is_root || echo "belongs to root's half"
	elif [[ ! -e /proc/self/ns/time && "$1 " =~ (--all |--boottime |--check $) ]]; then
		echo 'this kernel has no time namespaces'
	elif [[ $1 == *'--pid -- sleep '* ]] && ! can_judge; then
		echo 'this kernel does not tell what a PID 1 does with a signal'
	elif [[ $1 =~ --(user|all)' ' && $refusal ]]; then
		echo "no user namespace for an ordinary user here: $refusal"
	fi
}

read_page "$readme"
open_terminals
for i in "${!commands[@]}"; do
	command=${commands[i]}
	turn_to "${prompts[i]}" "$command"
	# What is typed into a shell, and whose status is asked for, goes with the command before.
	if [[ ${prompts[i]} != '#' && $command != 'echo $?' ]]; then
		reason=$(obstacle "$command")
	fi
	if [[ $reason ]]; then
		skip "$command" "$reason"
		continue
	fi
	enter "$command"
	difference=$(diff <(alike <<<"${outputs[i]%$'\n'}") <(alike <<<"$got"))
	if [[ -z $difference ]]; then
		pass "$command"
	else
		fail "$command" "README.md (<) and what is (>):" "$difference"
	fi
done
close_terminals

mapfile -t setup < <(sed -n '/^## Set-up/,/^## /s/^    //p' "$readme")
is 'the set-up is two lines' "${#setup[@]}" 2
like 'the first builds, and runs the main job' "${setup[0]}" \
	'&& make && sudo \./nsrun --uts --net --ipc -- /bin/bash$'
like 'the second sets up and runs the tests' "${setup[1]}" '^tests/setup && sudo make check$'
finish
