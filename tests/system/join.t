#!/usr/bin/env bash
# --join of real containers: who made it, who joins it, what is the same afterwards.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/system/containers.sh" || exit 1

# What root is outside, by the map of a process; nothing if it is not there.
root_outside() {
	awk '$1 == 0 { print $2 }' "/proc/$target/$1"
}

# The ids that a joining process comes to have, as they are seen from outside.
wanted_ids() {
	local who=$1 uid gid

	uid=$(as "$who" id -u) gid=$(as "$who" id -g)
	if [[ $(readlink "/proc/$target/ns/user") != "$(readlink /proc/self/ns/user)" ]]; then
		uid=$(root_outside uid_map) gid=$(root_outside gid_map)
		: "${uid:=$(as "$who" id -u)}" "${gid:=$(as "$who" id -g)}"
	fi
	echo "$uid $uid $uid $uid $gid $gid $gid $gid"
}

ids_of() {
	sed -n 's/^[UG]id:\t//p' "/proc/$1/status" | tr '\t\n' '  ' | sed 's/ $//'
}

# One row of the matrix: the container at $target, joined whole.
row() {
	local name="$1, joined by $2" wanted

	if ! joins "$2" --join "$target"; then
		fail "$name" "$(<"$T/err")"
		drop KILL
		return
	fi
	wanted="$(view "$target") ids $(wanted_ids "$2")"
	is "$name: all namespaces, maps, root, ids" "$(view "$inside") ids $(ids_of "$inside")" "$wanted"
	if [[ $(readlink "/proc/$target/ns/pid") != "$(readlink /proc/self/ns/pid)" ]]; then
		ok "$name: it is not process 1 there" test "$(awk '/^NSpid/ { print $NF }' "/proc/$inside/status")" != 1
	fi
	drop TERM
	is "$name: TERM ends it" "$status" 143
	ok "$name: the container goes on" kill -0 "$target"
}

# One container, and all who may join it.
rows() {
	local name="$2 by $1" who=$1

	shift 2
	if ! make "$who" "$@"; then
		fail "$name" "$(<"$T/maker")"
		unmake
		return
	fi
	all_join "$who" "$name"
	unmake
}

all_join() {
	row "$2" "$1"
	if is_root && [[ $1 == user ]]; then
		row "$2" root
	elif is_root; then
		run as_user "${launcher[@]}" --join "$target" -- true
		like "$2, refused to another user" "$status: $err" "^125: nsrun: --join: \"$target\": Permission denied \(EACCES\): it runs as uid [0-9]+, and uid $(id -u "$NSRUN_USER") lacks CAP_SYS_PTRACE; that user can, or sudo$"
	fi
}

makers=(user)
! is_root || makers=(root user)
bare=(--ro-bind / / --proc /proc --unshare-all -- sleep 1000)
for who in "${makers[@]}"; do
	user=(--user)
	[[ $who == user ]] || user=()
	rows "$who" unshare unshare -Urpfmnui --mount-proc sleep 1000
	if has bwrap; then
		rows "$who" 'bwrap --dev' bwrap --dev /dev "${bare[@]}"
	else
		skip "bwrap by $who" 'bwrap is not installed'
	fi
	rows "$who" 'nsrun --all' "${launcher[@]}" "${every[@]}" -- sleep 1000
	# A slow machine has enough with these.
	((slow == 1)) || continue
	[[ $who == user ]] || rows "$who" 'unshare without a user namespace' unshare -pfmnuiC --mount-proc sleep 1000
	rows "$who" 'unshare -c' unshare -Ucpfmn --mount-proc sleep 1000
	! has bwrap || rows "$who" bwrap bwrap "${bare[@]}"
	rows "$who" 'nsrun --user --all' "${launcher[@]}" --all --user --monotonic 1d -- sleep 1000
	rows "$who" 'nsrun --net' "${launcher[@]}" --net "${user[@]}" -- sleep 1000
	if make_crun "$who"; then
		all_join "$who" "crun by $who"
		unmake
	else
		skip "crun by $who" "$(head -n 1 "$T/reason")"
		unmake
	fi
done

finish
