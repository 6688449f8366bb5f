#!/usr/bin/env bash
# Inherited state that breaks launchers is repaired for nsrun and handed on as it was; nothing of nsrun's
# own is.
. "$(dirname "$0")/../lib.sh"

user=()
is_root || user=(--user)
state=$(helper state)
inherit=$(helper inherit)

# The lines that must not change on the way to the command.
kept() {
	grep -e ^blocked: -e ^ignored: -e ^descriptors: -e ^argv0: -e ^argc: -e ^pgrp: -e ^sid: "$1"
}

# same NAME INHERIT-OPTION...: the command sees what it would see without nsrun.
same() {
	local name=$1 words wrong='' how=()

	shift
	in_sample || return 0
	rm -f "$T/plain"
	"$inherit" "$@" "$state" "$T/plain"
	while read -r -a how; do
		rm -f "$T/launched"
		"$inherit" "$@" "${launcher[@]}" "${how[@]}" -- "$state" "$T/launched" ||
			wrong+="${how[*]}: status $? "
		words=$(diff <(kept "$T/plain") <(kept "$T/launched")) || wrong+="${how[*]}: $words"$'\n'
	done <<-END
		${user[*]} --uts
		${user[*]} --mount --net --ipc --no-loopback
		${every[*]} --user --share pid
		--no-fork ${user[*]} --uts
	END
	is "$name" "$wrong" ''
}

same 'nothing special'
for set in '0' '1' '2' '0 1' '0 2' '1 2' '0 1 2'; do
	words=()
	for fd in $set; do
		words+=(-c "$fd")
	done
	same "closed: $set" "${words[@]}"
done
same 'CHLD ignored' -i 17
for number in 1 2 3 13 15 18 20 21 22 34 64; do
	same "$number ignored" -i "$number"
	same "$number blocked" -b "$number"
done
same 'CHLD blocked' -b 17
same 'all ignored' -i all
same 'all blocked' -b all
same 'all of it' -i all -b all -c 0 -c 1 -c 2
exec 7</dev/null 9>>"$T/nine" 200</etc/passwd
same 'descriptors of the caller'
same 'and CHLD ignored, all blocked, 0 closed' -i 17 -b all -c 0
exec 7<&- 9>&- 200<&-

rm -f "$T/plain"
"$inherit" -i 17 -b all -c 0 "$state" "$T/plain"
# As PID 1 the group and session are outside, and read 0.
"$inherit" -i 17 -b all -c 0 "${launcher[@]}" "${every[@]}" --user -- "$state" "$T/launched"
is 'as PID 1' "$(cat "$T/launched")" "blocked: $(seq -s ' ' 1 31 | sed 's/ 9 / /; s/ 19 / /') $(seq -s ' ' 34 64)
ignored: 17
$(grep ^descriptors: "$T/plain")
argv0: $state
argc: 2
pdeathsig: 9
pid: 1
ppid: 0
pgrp: 0
sid: 0"

# The status is true whatever was inherited.
for words in '-i 17' '-b 17' '-b all' '-i all' '-c 0 -c 1 -c 2' '-i all -b all -c 0 -c 1 -c 2'; do
	read -r -a how <<<"$words"
	run "$inherit" "${how[@]}" "${launcher[@]}" "${user[@]}" --pid -- sh -c 'exit 3'
	ended "a true status with $words" 'exit 3'
	run "$inherit" "${how[@]}" "${launcher[@]}" -- "$(helper die)" 9
	ended "a true death with $words" 'signal 9'
	run "$inherit" "${how[@]}" "${launcher[@]}" -- /nonesuch
	ended "a true failure with $words" 'exit 127'
done

# A signal that nsrun blocks or ignores is still sent on.
for how in -b -i; do
	rm -f "$T/record"
	"$inherit" "$how" 10 "${launcher[@]}" "${user[@]}" -- "$(helper record)" "$T/record" &
	outside=$!
	eventually grep -q ready "$T/record" 2>/dev/null
	kill -USR1 "$outside"
	eventually grep -q -x 10 "$T/record"
	is "USR1 reaches the command, $how" "$(tail -n 1 "$T/record")" 10
	kill -TERM "$outside"
	kill -TERM "$outside"
	eventually grep -q -x 15 "$T/record"
	kill -TERM "$outside" 2>/dev/null
	wait "$outside"
done

# It dies with nsrun: the attribute is set.
run nsrun "${user[@]}" --uts -- "$state"
like 'the parent-death signal is KILL' "$out" $'\npdeathsig: 9\n'

finish
