#!/usr/bin/env bash
# The live command is in exactly the namespaces that were asked for.
. "$(dirname "$0")/../lib.sh"

all=(mnt uts ipc net pid user cgroup time)
declare -A option=([mnt]=--mount [uts]=--uts [ipc]=--ipc [net]=--net [pid]=--pid [user]=--user
	[cgroup]=--cgroup [time]=--time)
base=()
if ! is_root; then
	base=(user)
fi

# What this kernel has; --all takes it.
there=() left_out=()
for kind in "${all[@]}"; do
	if [[ -e /proc/self/ns/$kind ]]; then
		there+=("$kind")
	else
		left_out=(--share "$kind")
	fi
done

# The kinds of the command that are not those of this shell; one that cannot be read is named so.
new_kinds() {
	local kind list=() one

	for kind in "${there[@]}"; do
		one=$(readlink "/proc/$inside/ns/$kind") || list+=("unreadable-$kind")
		[[ $one == "$(readlink "/proc/$$/ns/$kind")" ]] || list+=("$kind")
	done
	echo "${list[*]}"
}

# In the order of all.
sorted() {
	local kind list=()

	for kind in "${all[@]}"; do
		[[ " $* " != *" $kind "* ]] || list+=("$kind")
	done
	echo "${list[*]}"
}

# holds NAME KINDS OPTION...
holds() {
	local name=$1 kinds=$2

	shift 2
	in_sample || return 0
	hold "$@"
	is "$name" "$(new_kinds)" "$(sorted "$kinds")"
	drop TERM
}

holds 'no option: nothing is new' '' 2>/dev/null
for ((i = 0; i < ${#there[@]}; i++)); do
	for ((j = i; j < ${#there[@]}; j++)); do
		kinds=("${there[i]}")
		((i == j)) || kinds+=("${there[j]}")
		kinds+=("${base[@]}")
		words=()
		for kind in "${kinds[@]}"; do
			words+=("${option[$kind]}")
		done
		[[ " ${kinds[*]} " != *' pid '* ]] || words+=(--no-proc)
		holds "just ${kinds[*]}" "${kinds[*]}" "${words[@]}"
	done
done
holds '--pid takes mnt along' "pid mnt ${base[*]}" --pid "${base[@]/#/--}"
if is_root; then
	some=${there[*]/user/}
else
	some=${there[*]}
fi
holds '--all' "$some" --all "${left_out[@]}"
holds '--all --user' "${there[*]}" --all --user "${left_out[@]}"
for kind in mnt uts ipc net pid cgroup time; do
	holds "--all --share $kind" "${some/$kind/}" --all --share "$kind" "${left_out[@]}"
done
holds '--share stands in front too' 'user uts' --share mnt,ipc,net --share cgroup,pid,time --all --uts --user
holds 'letters' 'mnt uts ipc user' -muiU
holds 'the words of others' 'net user' --unshare-net --unshare-user
holds '--hostname implies uts' "uts ${base[*]}" --hostname x "${base[@]/#/--}"
holds '--domainname implies uts' "uts ${base[*]}" --domainname x "${base[@]/#/--}"
holds '--propagation implies mnt' "mnt ${base[*]}" --propagation slave "${base[@]/#/--}"
holds '--map-self implies user' user --map-self
holds '--map-user implies user' user --map-user 5
holds '--map-group implies user' user --map-group 5
holds '--setgroups implies user' user --setgroups deny
if ((${#left_out[@]} == 0)); then
	holds '--monotonic implies time' "time ${base[*]}" --monotonic 1 "${base[@]/#/--}"
	holds '--boottime implies time' "time ${base[*]}" --boottime 1 "${base[@]/#/--}"
else
	skip '--monotonic implies time' 'this kernel has no time namespaces'
	skip '--boottime implies time' 'this kernel has no time namespaces'
fi

# --no-fork: nsrun itself becomes the command.
hold --no-fork --uts --ipc --net --mount --cgroup "${base[@]/#/--}"
is '--no-fork: the same process' "$inside" "$outside"
is '--no-fork: the kinds' "$(new_kinds)" "$(sorted "mnt uts ipc net cgroup ${base[*]}")"
drop TERM
hold --no-fork --user
is '--no-fork --user' "$(new_kinds)" user
drop TERM
hold --no-fork --all --share pid,time
some=${some/pid/}
is '--no-fork --all --share pid,time' "$(new_kinds)" "$(sorted "${some/time/}")"
drop TERM
is 'nothing supervises it: its signal is its own' "$status" 143

finish
