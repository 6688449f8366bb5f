#!/usr/bin/env bash
# Programs as PID 1, whom the kernel shields from signals: shells, inits, and some that defend themselves.
. "$(dirname "$0")/../lib.sh"
need judgement

user=()
is_root || user=(--user)

# What a shell says when it is ready, see hold_command.
ready="echo ready >$T/ready"

# ends NAME SIGNAL STATUS COMMAND...: sent to nsrun, while the command runs as PID 1.
ends() {
	local name=$1 number=$2 wanted=$3

	shift 3
	hold_command "${launcher[@]}" "${user[@]}" --pid -- "$@"
	drop "$number"
	is "$name: $number" "$status" "$wanted"
}

shells=("bash" "dash" "busybox sh")
for shell in "${shells[@]}"; do
	read -r -a words <<<"$shell"
	if ! has "${words[0]}"; then
		skip "$shell" "${words[0]} is not installed"
		continue
	fi
	for number in TERM HUP USR1 ALRM KILL; do
		ends "$shell, waiting for a child" "$number" $((128 + $(kill -l "$number"))) \
			"${words[@]}" -c "$ready; sleep 1000; :"
		ends "$shell, busy" "$number" $((128 + $(kill -l "$number"))) \
			"${words[@]}" -c "$ready; while :; do :; done"
	done
	# These catch INT, put it off while they work on something, and now and then forget it, without
	# nsrun as well: so there are two.
	hold_command "${launcher[@]}" "${user[@]}" --pid -- "${words[@]}" -c "$ready; while :; do :; done"
	kill -s INT "$outside"
	sleep 0.1
	drop INT
	is "$shell, busy: INT" "$status" 130
	ends "$shell, with a trap" TERM 5 "${words[@]}" -c \
		"trap 'exit 5' TERM; $ready; while :; do sleep 0.05; done"
	ends "$shell, whose trap exits with 128+N" TERM 143 "${words[@]}" -c \
		"trap 'exit 143' TERM; $ready; while :; do sleep 0.05; done"
	ends "$shell, whose trap exits with another 128+N" TERM 130 "${words[@]}" -c \
		"trap 'exit 130' TERM; $ready; while :; do sleep 0.05; done"
done

# fork(3) blocks all signals for a moment: what comes just then must not be lost.
for shell in bash dash; do
	has "$shell" || continue
	run "$(helper shoot)" 20 15 50000 60000 "${launcher[@]}" "${user[@]}" --pid -- \
		"$shell" -c 'while :; do /bin/true; done'
	ran "$shell, forking all the time" 0 '20 signal 15' ''
done

# 143 after TERM is a death by TERM, as a parent sees it; 130 is an exit.
trapped() {
	run "$(helper shoot)" 1 15 300000 300000 "${launcher[@]}" "${user[@]}" --pid -- \
		sh -c "trap 'exit $1' TERM; while :; do sleep 0.05; done"
}
trapped 143
ran 'an exit with 143 after TERM is a death' 0 '1 signal 15' ''
trapped 130
ran 'an exit with 130 after TERM is an exit' 0 '1 exit 130' ''
run "$(helper shoot)" 1 15 300000 300000 "${launcher[@]}" "${user[@]}" -- \
	sh -c "trap 'exit 143' TERM; while :; do sleep 0.05; done"
ran 'of no PID 1 it is an exit too' 0 '1 exit 143' ''

# One that forwards: tini and catatonit.
for init in tini catatonit; do
	if ! has "$init"; then
		skip "$init" "$init is not installed"
		continue
	fi
	for number in TERM INT HUP USR1; do
		ends "$init" "$number" $((128 + $(kill -l "$number"))) \
			"$init" -- sh -c "$ready; exec sleep 1000"
	done
	ends "$init, the child has a trap" TERM 6 "$init" -- sh -c \
		"trap 'exit 6' TERM; $ready; while :; do sleep 0.05; done"
	run nsrun "${user[@]}" --pid -- "$init" -- sh -c 'exit 9'
	ran "$init: the status" 9 '' ''
done

# stays NAME SIGNAL COMMAND...: a PID 1 that blocks or ignores a signal is left alone.
stays() {
	local name=$1 number=$2

	shift 2
	hold_command "$@"
	kill -s "$number" "$outside"
	sleep 0.2
	ok "$name" kill -0 "$inside"
	drop KILL
}
line=(--pid -- sh -c "$ready; exec sleep 1000")
stays 'a PID 1 that ignores HUP' HUP "$(helper inherit)" -i 1 "${launcher[@]}" "${user[@]}" "${line[@]}"
stays 'a PID 1 that blocks TERM' TERM "$(helper inherit)" -b 15 "${launcher[@]}" "${user[@]}" "${line[@]}"
stays 'a PID 1 whose trap goes on' TERM "${launcher[@]}" "${user[@]}" --pid -- \
	sh -c "trap : TERM; $ready; while :; do sleep 0.05; done"

# Whatever it leaves behind ends with it.
run nsrun "${user[@]}" --pid -- sh -c 'sleep 1000 & setsid sleep 1000 & exit 3'
ran 'background processes end with PID 1' 3 '' ''

finish
