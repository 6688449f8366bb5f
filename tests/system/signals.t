#!/usr/bin/env bash
# Every signal sent to nsrun reaches the command.
. "$(dirname "$0")/../lib.sh"

user=()
is_root || user=(--user)

# All but KILL and STOP, which nobody can forward, CHLD, which is nsrun's own, and libc's 32 and 33.
forwarded=()
deadly=()
for number in {1..64}; do
	case $number in
	9 | 17 | 19 | 32 | 33) continue ;;
	esac
	# record ends by the second TERM.
	in_sample || ((number == 15)) || continue
	forwarded+=("$number")
	case $number in
	18 | 20 | 21 | 22 | 23 | 28) ;;
	*) deadly+=("$number") ;;
	esac
done

# shellcheck disable=SC2317  # called by eventually
has_line() {
	grep -q -x -e "$1" "$T/record" 2>/dev/null
}

# records NAME RECORD-OPTION... -- NSRUN-OPTION...: sends all, one after the other.
records() {
	local name=$1 how=() number

	shift
	while [[ $1 != -- ]]; do
		how+=("$1")
		shift
	done
	shift
	rm -f "$T/record"
	"$(helper inherit)" -d all "${launcher[@]}" "$@" -- "$(helper record)" "${how[@]}" "$T/record" &
	outside=$!
	eventually has_line ready
	for number in "${forwarded[@]}"; do
		kill -s "$number" "$outside" || break
		eventually has_line "$number" || break
	done 2>/dev/null
	is "$name: each signal arrives, once" "$(tail -n +2 "$T/record")" \
		"$(printf '%s\n' "${forwarded[@]}")"
	"$(helper send)" "$outside" 34 4711
	"$(helper send)" "$outside" 10 -5
	eventually has_line '10 value -5'
	is "$name: with the value of sigqueue" "$(sort <<<"$(tail -n 2 "$T/record")")" \
		$'10 value -5\n34 value 4711'
	kill -TERM "$outside"
	wait "$outside"
	is "$name: it ends as it likes" $? 7
}

records 'one that waits for signals' -- "${user[@]}"
records 'one with handlers' -h -- "${user[@]}"
records 'a PID 1 that waits for signals' -- "${user[@]}" --pid
records 'a PID 1 with handlers' -h -- "${user[@]}" --pid
records 'handlers, all kinds' -h -- "${every[@]}" --user

# ends_by NAME OPTION...: of `sleep`, which has no handler.
ends_by() {
	local name=$1 number wrong=''

	shift
	for number in "${deadly[@]}"; do
		hold "$@"
		drop "$number"
		((status == 128 + number)) || wrong+="$number: $status"$'\n'
	done
	is "$name" "$wrong" ''
}

ulimit -c 0
ends_by 'a command without handlers ends by each, and so does nsrun' "${user[@]}"
if can_judge; then
	ends_by 'a PID 1 without handlers too' "${user[@]}" --pid
else
	skip 'a PID 1 without handlers too' 'this kernel does not tell what a PID 1 does with a signal'
fi

# These end nobody.
hold "${user[@]}" --pid
for number in 17 18 23 28; do
	kill -s "$number" "$outside"
done
sleep 0.2
ok 'CHLD, CONT, URG and WINCH leave a PID 1 alone' kill -0 "$inside"
drop KILL
is 'until nsrun is killed' "$status" 137

# A command that took other ids is out of reach of a caller without CAP_KILL: that is said, and it
# goes on.
if is_root; then
	hold_command setpriv --bounding-set -kill --inh-caps -kill "${launcher[@]}" -- setpriv \
		--reuid "$NSRUN_USER" --clear-groups sh -c "echo ready >$T/ready; exec sleep 1000"
	kill -USR1 "$outside"
	ok 'a signal that cannot be sent on' eventually grep -q -x -F -e \
		'nsrun: note: the command could not be sent SIGUSR1: Operation not permitted' "$T/err"
	ok 'leaves both running' kill -0 "$outside" "$inside"
	kill -TERM "$inside"
	wait "$outside" 2>/dev/null
	is 'whose end is still told' $? 143
fi

finish
