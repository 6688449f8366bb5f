#!/usr/bin/env bash
# The tour of README.md: every command of it is run, and says what the page says.
#
# In a block that begins with ```console, "$ " begins a command, "# " a line that is typed into it,
# and the rest is its output.  A command with sudo belongs to root's half; the others are run as the
# ordinary user, by root too.
own_mounts=1
. "$(dirname "$0")/../lib.sh"

readme=$here/README.md
commands=() inputs=() outputs=()

read_tour() {
	local line last inside=0

	while IFS= read -r line; do
		last=$((${#commands[@]} - 1))
		case $inside$line in
		'0```console') inside=1 ;;
		'1```') inside=0 ;;
		'1$ '*)
			commands+=("${line:2}")
			inputs+=('')
			outputs+=('')
			;;
		'1# '*) inputs[last]+=${line:2}$'\n' ;;
		1*) outputs[last]+=$line$'\n' ;;
		esac
	done <"$readme"
}

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

# ./nsrun in the launch under test, but for --explain: the page shows the launch that would be.
prepare() {
	mkdir "$T/tour"
	cat >"$T/tour/nsrun" <<-END
		#!/bin/sh
		case " \$* " in
		*" --explain"*) exec '$NSRUN' "\$@" ;;
		esac
		exec ${launcher[*]@Q} "\$@"
	END
	chmod 755 "$T/tour/nsrun"
}

user=()
if is_root; then
	user=(as_user)
fi

# perform COMMAND INPUT: sets $got and $last, the status, which the next command finds in $?.
last=0
perform() {
	local as=("${user[@]}") line=$1

	if [[ $line == 'sudo '* ]]; then
		as=()
		line=${line#sudo }
	fi
	got=$(cd "$T/tour" && "${as[@]}" bash -c "(exit $last); $line" 2>&1 <<<"${2%$'\n'}")
	last=$?
}

read_tour
prepare
refusal=$("${user[@]}" "$NSRUN" --user -- true 2>&1 | head -1)
for i in "${!commands[@]}"; do
	command=${commands[i]}
	if [[ $command == 'sudo '* ]] && ! is_root; then
		last=0
	elif [[ $command =~ --(user|all)' ' && $command != 'sudo '* && $refusal ]]; then
		skip "$command" "no user namespace for an ordinary user here: $refusal"
		last=0
	elif [[ $command == 'echo $?' && $last == 0 ]]; then
		# Whose status it shows was not run here.
		continue
	else
		perform "$command" "${inputs[i]}"
		difference=$(diff <(alike <<<"${outputs[i]%$'\n'}") <(alike <<<"$got"))
		if [[ -z $difference ]]; then
			pass "$command"
		else
			fail "$command" "README.md (<) and what is (>):" "$difference"
		fi
	fi
done

mapfile -t setup < <(sed -n '/^## Set-up/,/^## /s/^    //p' "$readme")
is 'the set-up is two lines' "${#setup[@]}" 2
like 'the first builds, and runs the main job' "${setup[0]}" \
	'&& make && sudo \./nsrun --uts --net --ipc -- /bin/bash$'
like 'the second sets up and runs the tests' "${setup[1]}" '^tests/setup && sudo make check$'
finish
