#!/usr/bin/env bash
# --limits: how many namespaces may be made and are, against /proc/sys/user and against the kernel's own count,
# which shows in what it refuses.
. "$(dirname "$0")/../lib.sh"

need python3 pgrep
uid=$(id -u)
own=$(readlink /proc/self/ns/user | tr -dc 0-9)
kinds=()
for kind in mnt uts ipc net pid user cgroup time; do
	[[ ! -e /proc/self/ns/$kind ]] || kinds+=("$kind")
done
last='There may be more in use than was found: USED is at least, LEFT at most.'
hidden='Further out are user namespaces that cannot be seen from here; they may allow less.'
# As an ordinary user, the processes of others.
is_note() {
	[[ -z $err || $err =~ ^nsrun:\ note:\ the\ namespaces\ of\ [0-9]+\ process(es)?\ could\ not\ be\ read$ ]]
}

# A part of $out as JSON, by a Python expression of `d`.
json() {
	python3 -c 'import json, sys; d = json.loads(sys.stdin.read()); print(eval(sys.argv[1]))' "$1" <<<"$out"
}

# KIND LIMIT of the level of a user namespace in $out.
limits_of() {
	awk -v id="$1," '$1 == "User" { level = $3 == id } level && $1 ~ /^[a-z]+$/ && NF == 5 { print $1, $2 }' <<<"$out"
}

run nsrun --limits
is 'self: status' "$status" 0
ok 'self: nothing but a note' is_note
is 'self: whose they are' "${out%%$'\n'*}" "User namespace $own, against uid $uid:"
is 'self: the limits are those of /proc/sys/user' "$(limits_of "$own")" "$(
	for kind in "${kinds[@]}"; do
		value=$(<"/proc/sys/user/max_${kind}_namespaces")
		((value < 2147483647)) || value=-
		echo "$kind $value"
	done)"
if [[ $own == 4026531837 ]]; then
	is 'self: there is nothing further out' "${out##*$'\n'}" "$last"
fi
# shellcheck disable=SC2016
ok 'self: what is left' awk 'NF == 5 && $2 ~ /^[0-9]+$/ && $5 != $2 - $3 { bad = 1 } END { exit bad }' <<<"$out"

# Within a new user namespace nothing is set, and what is further out is not seen.
run unshare --user --map-root-user "${launcher[@]}" --limits
is 'inside: no limit is set' "$(awk 'NF == 5 && $2 != "LIMIT" { print $2, $5 }' <<<"$out" | sort -u)" '- -'
is 'inside: it is said that there is more' "${out#*"$last"$'\n'}" "$hidden"
run unshare --user --map-root-user sh -c 'echo 3 >/proc/sys/user/max_uts_namespaces; exec "$@"' sh \
	"${launcher[@]}" --limits
is 'inside: a limit that is set' "$(grep '^uts' <<<"$out")" 'uts     3          0       0       3'

# shellcheck disable=SC2016
run unshare --user --map-root-user bash -c '
	unshare --uts sleep 1000 &
	until [[ $(readlink "/proc/$!/ns/uts") != "$(readlink /proc/self/ns/uts)" ]]; do sleep 0.01; done
	exec 9<"/proc/$!/ns/uts"
	kill "$!"
	wait "$!"
	exec "$@"' bash "${launcher[@]}" --limits
is 'inside: one that a descriptor alone keeps' "$(grep '^uts' <<<"$out")" 'uts     -          0       1       -'

# A tree of user namespaces.  In `outer`, root of it made a UTS namespace and the user namespace `inner`, in which
# were made a UTS and an IPC namespace, and another user namespace.
cat >"$T/tree" <<-'END'
	#!/bin/sh
	echo 20 >/proc/sys/user/max_uts_namespaces
	unshare --uts sleep 1000 &
	unshare --user --map-root-user --uts --ipc sh -c '
		echo 5 >/proc/sys/user/max_ipc_namespaces
		unshare --user --map-root-user sh -c "echo ready >\"\$0\"; exec sleep 1000" "$0" &
		exec sleep 1000' "$1" &
	wait
END
chmod 755 "$T/tree"
hold_command unshare --user --map-root-user --kill-child --fork --pid sh "$T/tree" "$T/ready"
shells=$inside
outer=$(readlink "/proc/$shells/ns/user" | tr -dc 0-9)
# Those below, outermost first.
below=()
are_asleep() {
	local pid child

	below=()
	for pid in $(pgrep -P "$shells"); do
		below+=("$pid")
		for child in $(pgrep -P "$pid"); do
			below+=("$child")
		done
	done
	((${#below[@]} == 3)) &&
		[[ $(for pid in "${below[@]}"; do cat "/proc/$pid/comm"; done | sort -u) == sleep ]]
}
eventually are_asleep
innermost='' inner=
for pid in "${below[@]}"; do
	parent=$(nsrun --inspect "$pid" --json | python3 -c 'import json, sys
print(json.load(sys.stdin)["namespaces"]["user"]["parent"])')
	if [[ $parent == "$outer" ]]; then
		inner=$(readlink "/proc/$pid/ns/user" | tr -dc 0-9)
	elif [[ $parent != "$own" ]]; then
		innermost=$pid
	fi
done
run nsrun --limits="$innermost"
is 'a tree: its levels, from within outwards' "$(awk '$1 == "User" { print $3 }' <<<"$out" | tr -d ,)" \
	"$(readlink "/proc/$innermost/ns/user" | tr -dc 0-9)
$inner
$outer
$own"
is 'a tree: against whom' "$(awk '$1 == "User" { print $NF }' <<<"$out" | tr -d : | sort -u)" "$uid"
is 'a tree: a limit further out' "$(limits_of "$outer" | grep -v ' -$')" 'uts 20'
is 'a tree: a limit in between' "$(limits_of "$inner" | grep -v ' -$')" 'ipc 5'
like 'a tree: what refuses first' "$out" "
First to refuse in user namespace $inner: ipc\\.
First to refuse in user namespace $outer: uts\\.
First to refuse in user namespace $own: mnt net pid user cgroup( time)?\\.
"
run nsrun --limits="$innermost" --json
level() {
	json "next(l for l in d['levels'] if l['user_namespace'] == $1)['kinds']['$2']"
}
is 'a tree: in use, outer, user' "$(level "$outer" user)" "{'limit': None, 'used_at_least': 2, 'maybe': 0}"
is 'a tree: in use, outer, uts' "$(level "$outer" uts)" "{'limit': 20, 'used_at_least': 1, 'maybe': 1}"
is 'a tree: in use, outer, ipc' "$(level "$outer" ipc)" "{'limit': None, 'used_at_least': 1, 'maybe': 0}"
is 'a tree: in use, inner, user' "$(level "$inner" user)" "{'limit': None, 'used_at_least': 1, 'maybe': 0}"
is 'a tree: in use, inner, ipc' "$(level "$inner" ipc)" "{'limit': 5, 'used_at_least': 0, 'maybe': 1}"
is 'a tree: JSON tells what refuses first' "$(json "d['first']['ipc'] == $inner and d['first']['uts'] == $outer")" True

# The kernel's count is the same: at that limit it refuses one more, above it does not.  USED of ipc is 1 in
# `outer` and MAYBE 0; of uts 1 and 1.
enter=(nsenter --user --preserve-credentials --target "$shells")
try() {
	# shellcheck disable=SC2016
	"${enter[@]}" sh -c 'echo "$1" >"/proc/sys/user/max_$2_namespaces"; exec unshare "--$2" true' sh "$1" "$2" 2>&1 |
		grep -o 'No space left on device'
	return "${PIPESTATUS[0]}"
}
is 'the kernel counts as many: ipc, at the limit' "$(try 1 ipc)" 'No space left on device'
ok 'the kernel counts as many: ipc, above' try 2 ipc
is 'the kernel counts as many: uts, at the limit' "$(try 2 uts)" 'No space left on device'
ok 'the kernel counts as many: uts, above' try 3 uts
is 'the kernel counts as many: user, at the limit' "$(try 2 user)" 'No space left on device'
ok 'the kernel counts as many: user, above' try 3 user
run nsrun --limits="$innermost"
is 'one that is used up' "$(sed -n "/^User namespace $outer,/,/^\$/p" <<<"$out" | grep '^user')" \
	'user    3          2       0       1'
kill -KILL "${below[@]}" 2>/dev/null
drop KILL

if ! is_root; then
	run nsrun --limits=1
	ran 'of a process of another user' 125 '' \
		'nsrun: --limits: 1: its user namespace is not readable: Permission denied (EACCES)'
fi
run nsrun --limits=999999999
ran 'of nobody' 125 '' 'nsrun: --limits: 999999999: no such process'
run nsrun --limits=x
ran 'of no number' 125 '' 'nsrun: --limits: "x": not the number of a process, nor self'
run bash -c '"$@" >/dev/full' bash "${launcher[@]}" --limits
is 'to a full disk' "$status ${err##*$'\n'}" '125 nsrun: standard output: No space left on device'
finish
