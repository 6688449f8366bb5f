#!/usr/bin/env bash
# Time namespaces: what the clocks of the command read, against those out here.
. "$(dirname "$0")/../lib.sh"

need python3
[[ -e /proc/self/ns/time ]] || skip_all 'this kernel has no time namespaces'
# shellcheck disable=SC2016
clocks=(python3 -c 'import time
print(*("%.3f" % time.clock_gettime(c) for c in (time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME, time.CLOCK_REALTIME)))')
user=()
is_root || user=(--user)

# is_near NAME GOT WANTED: within what a busy machine may take between two looks.
is_near() {
	if awk -v got="$2" -v wanted="$3" -v most="$((5 * slow))" 'BEGIN {
		exit !(got - wanted < most && wanted - got < most && got != "") }'; then
		pass "$1"
	else
		fail "$1" "got:    $2" "wanted: $3"
	fi
}

# Adds to a number of this machine, perhaps with a fraction.
plus() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a + b }'
}

# reads NAME MONOTONIC BOOTTIME OPTION...: by how much, or =VALUE.
reads() {
	local name=$1 wanted=("$2" "$3") names=(monotonic boottime realtime) here seen i

	shift 3
	read -ra here < <("${clocks[@]}")
	run nsrun "${user[@]}" "$@" -- "${clocks[@]}"
	read -ra seen <<<"$out"
	for i in 0 1 2; do
		case ${wanted[i]-0} in
		=*) is_near "$name, ${names[i]}" "${seen[i]-}" "${wanted[i]#=}" ;;
		*) is_near "$name, ${names[i]}" "${seen[i]-}" "$(plus "${here[i]}" "${wanted[i]-0}")" ;;
		esac
	done
}

reads 'no offset' 0 0 --time
reads 'a day' 86400 0 --monotonic 1d
reads 'back, with a fraction' 0 -1.5 --boottime -1500ms
reads 'both' 5400 -60 --monotonic +1.5h --boottime -1m
reads 'a value' =3600 =86400 --monotonic =1h --boottime =1d
reads 'nought' =0 =0 --monotonic =0 --boottime =0
reads 'with all the others' 100 0 --all --monotonic 100
reads 'with a user namespace' 100 200 --user --monotonic 100 --boottime 200
if is_root; then
	reads 'with maps from outside' 100 0 --setgroups allow --monotonic 100
fi

# Offsets add up: those inside are against the initial namespace.
read -ra here < <("${clocks[@]}")
run nsrun "${user[@]}" --monotonic 1000 -- "${launcher[@]}" --monotonic 500 -- "${clocks[@]}"
read -ra seen <<<"$out"
is_near 'a time namespace in a time namespace' "${seen[0]-}" "$(plus "${here[0]}" 1500)"
run nsrun "${user[@]}" --monotonic 1000 -- "${launcher[@]}" --monotonic =10 -- "${clocks[@]}"
is_near 'a value in a time namespace' "${out%% *}" 10

# PID 1 and its parent are what they are without: the helper between is gone.
# shellcheck disable=SC2016
run nsrun "${user[@]}" -Tp -- sh -c 'echo $$ $(readlink /proc/self/ns/time /proc/self/ns/time_for_children | sort -u | wc -l)'
ran '--time --pid: the command is process 1, and in the namespace itself' 0 '1 1' ''
hold "${user[@]}" -T
is 'nobody is between' "$(wc -w <"/proc/$outside/task/$outside/children")" 1
is 'its parent is nsrun' "$(sed -n 's/^PPid:\t//p' "/proc/$inside/status")" "$outside"
drop TERM
is 'it ends with nsrun' "$status" 143
run nsrun "${user[@]}" -T -- sh -c 'exit 7'
ended 'its status' 'exit 7'
run nsrun "${user[@]}" -T -- sh -c 'kill -KILL $$'
ended 'its signal' 'signal 9'
run nsrun "${user[@]}" --no-fork -T -- true
ran '--no-fork' 125 '' 'nsrun: --no-fork contradicts --time: a new time namespace needs a second process'
run nsrun "${user[@]}" --monotonic -40000d -- true
like 'less than nought' "$err" '^nsrun: --monotonic: "-40000d": the clock would read less than 0; it reads [0-9]+ s now$'
ended 'less than nought: its status' 'exit 125'
run nsrun "${user[@]}" --boottime =60000d -- true
ran 'more than the kernel takes' 125 '' \
	'nsrun: --boottime: "=60000d": the clock would read more than the 4611686018 s that the kernel takes'
finish
