#!/usr/bin/env bash
# Nobody outlives nsrun, and nothing hangs, whenever a signal comes.
. "$(dirname "$0")/../lib.sh"

user=()
is_root || user=(--user)

# shellcheck disable=SC2317  # called by eventually
nobody_is_left() {
	[[ -z $(survivors) ]]
}

# shoots NAME SIGNAL OPTION...: 100 launches, a signal at a random moment of each; half of them in the
# first millisecond, in which most of a launch happens.
shoots() {
	local name=$1 number=$2 most

	shift 2
	for most in 1000 4000; do
		run "$(helper shoot)" 50 "$number" 0 "$most" "${launcher[@]}" "$@" -- sleep 1000
		ran "$name: it dies of it, 50 times within $most us" 0 "50 signal $number" ''
	done
	if eventually nobody_is_left; then
		pass "$name: nobody is left"
	else
		fail "$name: nobody is left" "$(survivors)"
	fi
}

ulimit -c 0
names=(KILL TERM INT HUP QUIT)
can_judge || names=(KILL)
for name in "${names[@]}"; do
	number=$(kill -l "$name")
	shoots "$name" "$number" "${user[@]}" --uts
	shoots "$name, as PID 1" "$number" "${user[@]}" --pid
	shoots "$name, all kinds" "$number" "${every[@]}" --user
done

# Also in the middle of work, and from anybody.
hold "${user[@]}" --pid
kill -KILL "$inside"
wait "$outside" 2>/dev/null
is 'the command is killed by somebody else' $? 137
hold "${user[@]}"
kill -TERM "$inside"
wait "$outside" 2>/dev/null
is 'or terminated' $? 143

finish
