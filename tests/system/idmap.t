#!/usr/bin/env bash
# Who the caller is in a new user namespace: its maps as seen from outside, its ids inside.
. "$(dirname "$0")/../lib.sh"

uid=$(id -u) gid=$(id -g)
# shellcheck disable=SC2016
ids=(sh -c 'echo "$(id -u) $(id -g)"')

# map FILE: "INSIDE OUTSIDE COUNT" of the held command.
map() {
	local line

	read -r -a line <"/proc/$inside/$1"
	echo "${line[*]}"
}

# maps NAME UID-MAP GID-MAP SETGROUPS OPTION...
maps() {
	local name=$1 wanted="$2, $3, $4" inner="${2%% *} ${3%% *}"

	shift 4
	in_sample || return 0
	hold "$@"
	is "$name" "$(map uid_map), $(map gid_map), $(cat "/proc/$inside/setgroups")" "$wanted"
	is "$name: outside it is the caller" \
		"$(sed -n 's/^[UG]id:\t*//p' "/proc/$inside/status" | tr '\t\n' '  ')" \
		"$uid $uid $uid $uid $gid $gid $gid $gid "
	drop TERM
	run nsrun "$@" -- "${ids[@]}"
	ran "$name: inside" 0 "$inner" ''
}

for more in '' "${every[*]}" '--no-fork' '--pid --net --uts'; do
	read -r -a words <<<"$more"
	name=${more:+$more }
	[[ $more != --no-fork ]] || words+=(--uts)
	maps "$name--user" "0 $uid 1" "0 $gid 1" deny "${words[@]}" --user
	maps "$name--map-self" "$uid $uid 1" "$gid $gid 1" deny "${words[@]}" --map-self
	maps "$name--map-user" "7 $uid 1" "0 $gid 1" deny "${words[@]}" --map-user 7
	maps "$name--map-group" "0 $uid 1" "8 $gid 1" deny "${words[@]}" --map-group 8
	maps "$name--map-user --map-group" "4294967294 $uid 1" "8 $gid 1" deny "${words[@]}" \
		--map-user 4294967294 --map-group 8
	maps "$name--map-self --setgroups deny" "$uid $uid 1" "$gid $gid 1" deny "${words[@]}" --map-self \
		--setgroups deny
done
maps '-r' "0 $uid 1" "0 $gid 1" deny -r
maps '-c' "$uid $uid 1" "$gid $gid 1" deny -c

set_groups=(perl -e '$) = "0 0"; print $! ? "$!\n" : "set\n"')
run nsrun --user -- "${set_groups[@]}"
ran 'setgroups(2) is denied by default' 0 'Operation not permitted' ''
if is_root; then
	maps '--setgroups allow' '0 0 1' '0 0 1' allow --setgroups allow
	maps '--setgroups allow, all kinds' '0 0 1' '0 0 1' allow --setgroups allow "${every[@]}"
	maps '--setgroups allow --map-user' '9 0 1' '8 0 1' allow --setgroups allow --map-user 9 --map-group 8
	run nsrun --setgroups allow -- "${set_groups[@]}"
	ran 'setgroups(2) is allowed' 0 set ''
	run nsrun --setgroups allow --no-fork -- true
	ran '--setgroups allow --no-fork' 125 '' 'nsrun: --no-fork contradicts --setgroups allow: a second process has to write the maps'
else
	run nsrun --setgroups allow -- true
	ran '--setgroups allow without privilege' 125 '' \
		"nsrun: --setgroups allow: the kernel wants CAP_SETGID for it, and uid $uid lacks it"
	run nsrun --setgroups allow --explain -- true
	ran 'and for --explain' 125 '' \
		"nsrun: --setgroups allow: the kernel wants CAP_SETGID for it, and uid $uid lacks it"
fi
# Root inside has every capability there, any other id has none (kernel-traps 24).
effective() {
	run nsrun "$@" -- sed -n 's/^CapEff:\t//p' /proc/self/status
}
effective --user
like 'root inside has all capabilities' "$out" '^000001ffffffffff$|^0000003fffffffff$|^000000ffffffffff$'
effective --map-user 5
ran 'another id has none' 0 0000000000000000 ''

# Files of ids that are not mapped.
run nsrun --user -- stat -c '%u' /proc/1
if is_root; then
	ran 'root is root' 0 0 ''
else
	ran 'what is not mapped reads 65534' 0 65534 ''
fi

finish
