#!/usr/bin/env bash
# Under the programs that people start commands with.
. "$(dirname "$0")/../lib.sh"

user=()
is_root || user=(--user)

for kinds in "${user[*]}" "${user[*]} --pid"; do
	read -r -a how <<<"$kinds"
	name="nsrun $kinds"
	run timeout 0.3 "${launcher[@]}" "${how[@]}" -- sleep 1000
	ran "timeout $name" 124 '' ''
	run timeout -s INT --preserve-status 0.3 "${launcher[@]}" "${how[@]}" -- sleep 1000
	ran "timeout -s INT --preserve-status $name" 130 '' ''
	run timeout -s KILL 0.3 "${launcher[@]}" "${how[@]}" -- sleep 1000
	is "timeout -s KILL $name" "$status" 137
	run timeout 20 "${launcher[@]}" "${how[@]}" -- sh -c 'exit 3'
	ran "timeout $name, in time" 3 '' ''
	run "${launcher[@]}" "${how[@]}" -- timeout 0.3 sleep 1000
	ran "$name -- timeout" 124 '' ''
	run setsid --wait "${launcher[@]}" "${how[@]}" -- sh -c 'exit 3'
	ran "setsid $name" 3 '' ''
	run perl -e 'use Time::HiRes "ualarm"; ualarm 300000; exec @ARGV' "${launcher[@]}" "${how[@]}" -- sleep 1000
	ended "alarm, exec $name" 'signal 14'
	run nice "${launcher[@]}" "${how[@]}" -- sh -c 'nice; exit 4'
	ran "nice $name" 4 10 ''
	run env -i "${launcher[@]}" "${how[@]}" -- /bin/sh -c 'exit 4'
	ran "env -i $name" 4 '' ''
	run sh -c 'echo 1 2 3 | xargs -n 1 "$@"' sh "${launcher[@]}" "${how[@]}" -- echo
	ran "xargs $name" 0 $'1\n2\n3' ''
	run sh -c '"$@" &
		wait $!' sh "${launcher[@]}" "${how[@]}" -- sh -c 'exit 5'
	ran "$name & wait" 5 '' ''
	# shellcheck disable=SC2016
	run bash -c 'set -o pipefail; "$@" | head -n 1' bash "${launcher[@]}" "${how[@]}" -- yes
	# As PID 1, yes cannot die of PIPE; it says so and exits.
	like "$name -- yes | head" "$status $out" '^(141|1) y$'
	# shellcheck disable=SC2016
	run sh -c 'echo text | "$@" | cat' sh "${launcher[@]}" "${how[@]}" -- tr a-z A-Z
	ran "... | $name | ..." 0 TEXT ''

	# HUP stays ignored under nohup.
	hold_command nohup "${launcher[@]}" "${how[@]}" -- sh -c "echo ready >$T/ready; exec sleep 1000"
	kill -HUP "$outside"
	sleep 0.1
	ok "nohup $name" kill -0 "$inside"
	drop TERM
	is "nohup $name: TERM ends it" "$status" 143

	printf 'all: a b c d\na b c d:\n\t@%s -- sh -c "echo $@; exit 0"\nbad:\n\t@%s -- sh -c "exit 3"\n' \
		"${launcher[*]} ${how[*]}" "${launcher[*]} ${how[*]}" >"$T/Makefile"
	run make -s -j 4 -f "$T/Makefile"
	is "make -j: $name" "$status $(sort <<<"$out" | tr '\n' ' ')$err" '0 a b c d '
	run make -s -j 4 -f "$T/Makefile" bad
	like "make -j: $name, failing" "$status $err" '^2 make: .*bad\] Error 3$'
done

finish
