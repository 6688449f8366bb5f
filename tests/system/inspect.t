#!/usr/bin/env bash
# --inspect: what it tells of a process, against /proc and the tools that read it.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/system/containers.sh" || exit 1

need python3 capsh
user=()
is_root || user=(--user)
uid=$(id -u) gid=$(id -g) name=$(id -un) group=$(id -gn)

id_of() {
	readlink "/proc/$1/ns/$2" | tr -dc 0-9
}

# The value of a line "Label   value" of $out; its indented lines as well.
field() {
	awk -v label="$1" 'index($0, label " ") == 1 && !found { found = 1; print substr($0, 15); next }
		found && !/^ / { exit }
		found { print substr($0, 15) }' <<<"$out"
}

# A part of $out as JSON, by a Python expression of `d`.
json() {
	python3 -c 'import json, sys; d = json.loads(sys.stdin.read()); print(eval(sys.argv[1]))' "$1" <<<"$out"
}

# same_ids NAME PID: the numbers and MINE of the table are those of /proc.
same_ids() {
	local kind wanted='' got mine

	for kind in mnt uts ipc net pid user cgroup time; do
		[[ -e /proc/self/ns/$kind ]] || continue
		mine=no
		[[ $(id_of "$2" "$kind") != "$(id_of self "$kind")" ]] || mine=yes
		wanted+="$kind $(id_of "$2" "$kind") $mine"$'\n'
	done
	got=$(awk '$1 == "KIND" { table = 1; next } !NF { table = 0 } table && $2 ~ /^[0-9]+$/ { print $1, $2, $3 }' <<<"$out")
	is "$1: the namespaces are those of /proc" "$got"$'\n' "$wanted"
}

# Each set against capsh, which knows the same names.
same_capabilities() {
	local set

	for set in 'effective CapEff' 'permitted CapPrm' 'inheritable CapInh' 'bounding CapBnd' 'ambient CapAmb'; do
		is "$1: capabilities, ${set% *}" "$(json "','.join(d['capabilities']['${set% *}']).lower()")" \
			"$(capsh --decode="$(sed -n "s/^${set#* }:\t//p" "/proc/$2/status")" | sed 's/^[^=]*=//')"
	done
}

# Itself.
run nsrun --inspect self
is 'self: the first line' "${out%%$'\n'*}" \
	"Process $(grep -o '^Process [0-9]*' <<<"$out" | tr -dc 0-9), \"nsrun\", uid $uid ($name): nsrun itself."
is 'self: nothing is said besides' "$status $err" '0 '
same_ids self self
is 'self: nothing to join' "$(field 'To be joined')" 'nothing to join: all its namespaces are yours'
is 'self: the hostname' "$(field Hostname)" "\"$(uname -n)\""
is 'self: the cgroups' "$(field Cgroup)" "$(sed 's/.*/"&"/' /proc/self/cgroup)"
if [[ $(id_of self user) == 4026531837 ]]; then
	is 'self: the map' "$(sed -n '/^UIDS/{n;p}' <<<"$out")" \
		'0         0          4294967295 all ids are themselves'
fi

# A container: a hostname, clocks and ids of its own.
clocks=() time=
if [[ -e /proc/self/ns/time ]]; then
	clocks=(--monotonic 100.5s --boottime -2s) time=yes
fi
hold --user --hostname 'a "box"' "${clocks[@]}" -pn
run nsrun --inspect "$inside"
is 'nsrun --user: the first line' "${out%%$'\n'*}" "Process $inside, \"sleep\", uid $uid ($name)."
same_ids 'nsrun --user' "$inside"
own=$(id_of self user) inner=$(id_of "$inside" user)
is 'nsrun --user: parent and owner' "$(awk '$1 == "user" { print $4, $5, $6, $7, $8, $9 }' <<<"$out")" \
	"$own $own, made by uid $uid"
is 'nsrun --user: what the others have for owner' \
	"$(awk '/^(mnt|uts|net|pid|time) +[0-9]/ { print $1, $4, $5 }' <<<"$out")" "mnt - $inner
uts - $inner
net - $inner
pid $(id_of self pid) $inner${time:+
time - $inner}"
is 'nsrun --user: the uids' "$(sed -n '/^UIDS/{n;p}' <<<"$out")" \
	"$(printf '0         %-10u 1          0 inside is uid %u (%s) here: you' "$uid" "$uid" "$name")"
is 'nsrun --user: the gids' "$(sed -n '/^GIDS/{n;p;n;p}' <<<"$out")" \
	"$(printf '0         %-10u 1          0 inside is gid %u (%s) here: you' "$gid" "$gid" "$group")
setgroups(2) is denied inside."
is 'nsrun --user: the hostname' "$(field Hostname)" '"a \"box\""'
[[ -z $time ]] ||
	is 'nsrun --user: the clocks' "$(field Clocks)" 'monotonic +100.500000000 s, boottime -2 s'
is 'nsrun --user: seccomp and no_new_privs' "$(field Seccomp) $(field 'No new privs')" 'none no'
is 'nsrun --user: what joins it' "$(field 'To be joined')" "yes: nsrun --join $inside"
read -ra words <<<"$(field 'To be joined')"
run "${launcher[@]}" "${words[@]:2}" -- uname -n
ran 'nsrun --user: and that does' 0 'a "box"' ''
run nsrun --inspect "$inside" --json
same_capabilities 'nsrun --user' "$inside"
is '--json: what it is' "$(json '(d["pid"], d["command"], d["uid"], d["ended"], d["setgroups"], d["hostname"], d["seccomp"], d["no_new_privs"])')" \
	"($inside, 'sleep', $uid, False, 'deny', 'a \"box\"', 'none', False)"
is '--json: the namespaces' "$(json 'd["namespaces"]["user"]')" \
	"{'id': $inner, 'mine': False, 'parent': $own, 'owner': $own, 'made_by': $uid}"
is '--json: the maps' "$(json 'd["uid_map"], d["gid_map"]')" \
	"([{'inside': 0, 'outside': $uid, 'count': 1}], [{'inside': 0, 'outside': $gid, 'count': 1}])"
[[ -z $time ]] ||
	is '--json: the clocks' "$(json 'd["clocks"]')" "{'monotonic': 100500000000, 'boottime': -2000000000}"
is '--json: the cgroups' "$(json '"\n".join(d["cgroup"])')" "$(<"/proc/$inside/cgroup")"
is '--json: joining' "$(json 'd["join"]["kinds"] == d["join"]["differ"], d["join"]["errno"], d["join"]["command"]')" \
	"(True, None, 'nsrun --join $inside')"
drop TERM

# Ranges of ids, a filter, no_new_privs, fewer capabilities.
# shellcheck disable=SC2016
hold_command unshare --user --map-root-user sh -c 'echo ready >"$0"; exec sleep 1000' "$T/ready"
run nsrun --inspect "$inside" --json
is 'unshare: the command' "$(json 'd["join"]["command"]')" "nsrun --join $inside"
drop KILL
if is_root; then
	unshare --user sleep 1000 &
	outside=$!
	eventually grep -q sleep "/proc/$outside/comm"
	# The kernel takes a map in one write.
	printf '0 100000 1000\n5000 0 1\n6000 4000000000 5\n' >"$T/map"
	cat "$T/map" >"/proc/$outside/uid_map"
	run nsrun --inspect "$outside"
	is 'ranges' "$(sed -n '/^UIDS/,/^$/p' <<<"$out")" 'UIDS      OUTSIDE    COUNT      MEANING
0         100000     1000       0 to 999 inside are uids 100000 to 100999 here
5000      0          1          5000 inside is uid 0 (root) here: you
6000      4000000000 5          6000 to 6004 inside are uids 4000000000 to 4000000004 here'
	is 'no range' "$(sed -n '/^GIDS/{n;p}' <<<"$out")" 'none is mapped: all ids read 65534 inside'
	run setpriv --reuid 100500 --regid 100500 --clear-groups "${launcher[@]}" --inspect "$outside"
	like 'a caller in a range' "$out" $'\n0         100000     1000       0 to 999 inside are uids 100000 to 100999 here; you, 100500, are 500\n'
	run unshare --user --map-root-user "${launcher[@]}" --inspect "$outside"
	like 'a caller to whom those ids are nothing' "$out" $'\n0         -          1000       no uid here\n'
	drop KILL
fi
"$(helper deny)" chdir 1 setpriv --no-new-privs --bounding-set -sys_time,-net_raw sleep 1000 2>/dev/null &
outside=$!
if is_root; then
	eventually grep -q sleep "/proc/$outside/comm"
	run nsrun --inspect "$outside"
	like 'a filter' "$(field Seccomp)" '^filter( \(1 in force\))?$'
	is 'no_new_privs' "$(field 'No new privs')" yes
	wanted=$(capsh --decode="$(sed -n 's/^CapBnd:\t//p' "/proc/$outside/status")")
	like 'all but some' "$(field Capabilities)" 'bounding: all but .*CAP_NET_RAW.*CAP_SYS_TIME'
	run nsrun --inspect "$outside" --json
	same_capabilities 'fewer' "$outside"
fi
drop KILL

# What may not be read, and what is not there.
if ! is_root; then
	run nsrun --inspect 1
	ok 'of another user: told' test "$status" = 0
	is 'of another user: a line' "$(grep -c '^[a-z]* *not readable: Permission denied (EACCES)$' <<<"$out")" \
		"$(find /proc/self/ns -name '[a-z]*' ! -name '*children' -type l | wc -l)"
	is 'of another user: the hostname' "$(field Hostname)" \
		'not readable: entering its UTS namespace: Permission denied (EACCES)'
	is 'of another user: joining' "$(field 'To be joined')" \
		'no: the kernel wants ptrace access to it: the same ids and no less
capabilities, or CAP_SYS_PTRACE in its user namespace'
	run nsrun --inspect 1 --json
	is 'of another user: JSON' "$(json 'd["namespaces"]["uts"], d["hostname"], d["join"]["command"]')" \
		"({'id': None, 'mine': None, 'parent': None, 'owner': None, 'errno': 'EACCES'}, None, None)"
else
	# Without CAP_SYS_ADMIN a UTS namespace of root's cannot be entered.
	hold --uts
	run setpriv --bounding-set -sys_admin --inh-caps -sys_admin "${launcher[@]}" --inspect "$inside"
	is 'no CAP_SYS_ADMIN: the hostname' "$(field Hostname)" \
		'not readable: entering its UTS namespace: Operation not permitted (EPERM)'
	is 'no CAP_SYS_ADMIN: joining' "$(field 'To be joined')" \
		'no: CAP_SYS_ADMIN is needed in the user namespace that owns them,
and uid 0 lacks it'
	drop TERM
fi
run nsrun --inspect 999999999
ran 'nobody' 125 '' 'nsrun: --inspect: 999999999: no such process'
run nsrun --inspect 0
ran 'no number' 125 '' 'nsrun: --inspect: "0": not the number of a process, nor self'
run nsrun --inspect self -- true
ran 'with a command' 125 '' 'nsrun: --inspect goes with no command, but was given "true"'
run nsrun --json
ran '--json alone' 125 '' 'nsrun: --json goes only with --inspect or --limits'
bash -c 'sleep 0.01 & exec sleep 1000' &
outside=$!
has_zombie() {
	zombie=$(cat "/proc/$outside/task/$outside/children")
	[[ $zombie && $(<"/proc/${zombie% }/stat") == *') Z '* ]]
}
if eventually has_zombie; then
	run nsrun --inspect "${zombie% }"
	is 'a zombie' "$out" "Process ${zombie% }, \"sleep\", uid $uid ($name).
It has ended, and its parent has not taken note: it has no namespaces any more."
else
	fail 'a zombie' 'none came to be'
fi
drop KILL
run unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /proc; exec "$@"' sh "${launcher[@]}" --inspect self
if is_static; then
	ran 'without a proc' 125 '' 'nsrun: --inspect: no proc is mounted at /proc'
else
	skip 'without a proc' 'nsrun is dynamic (sanitizers), and they want a /proc'
fi
# A /proc of another PID namespace: the numbers are not those that pidfd_open(2) takes.
hold "${user[@]}" --uts
run unshare --user --map-root-user --pid --fork "${launcher[@]}" --inspect "$inside"
is 'a /proc of another PID namespace' "$(field 'To be joined')" \
	'not tried: /proc belongs to another PID namespace, and its numbers
are not those of this one'
drop TERM
hold --user --pid
enter=(nsenter --user --preserve-credentials --mount --target "$inside")
run "${enter[@]}" "${launcher[@]}" --inspect self
if is_static; then
	ran 'a /proc in which nsrun is not' 125 '' \
		"nsrun: --inspect: /proc belongs to another PID namespace than nsrun's, and does not show it"
	run "${enter[@]}" "${launcher[@]}" --limits
	ran '--limits: the same' 125 '' \
		"nsrun: --limits: /proc belongs to another PID namespace than nsrun's, and does not show it"
else
	skip 'a /proc in which nsrun is not' 'nsrun is dynamic (sanitizers), and they want one that shows it'
	skip '--limits: the same' 'nsrun is dynamic (sanitizers), and they want one that shows it'
fi
drop TERM
run sh -c 'ulimit -n 3; exec "$@"' sh "${launcher[@]}" --inspect self
if is_static; then
	ran 'no descriptor left' 125 '' 'nsrun: --inspect: open /proc/self: Too many open files (EMFILE)'
	run sh -c 'ulimit -n 3; exec "$@"' sh "${launcher[@]}" --list
	ran '--list: the same' 125 '' 'nsrun: --list: open /proc: Too many open files (EMFILE)'
else
	skip 'no descriptor left' 'nsrun is dynamic (sanitizers), and opens its libraries'
fi

# Containers of others.
if has bwrap; then
	bwrap --die-with-parent --unshare-all --hostname cage --bind / / --proc /proc --dev /dev sleep 1000 &
	outside=$!
	in_bwrap() {
		inside=$(cat "/proc/$outside/task/$outside/children")
		[[ $inside && -e /proc/${inside% }/comm ]]
	}
	if eventually in_bwrap && sleep 0.2; then
		run nsrun --inspect "${inside% }"
		same_ids bwrap "${inside% }"
		is 'bwrap: the hostname' "$(field Hostname)" '"cage"'
		is 'bwrap: joining' "$(field 'To be joined')" "yes: nsrun --join ${inside% }"
	else
		fail 'bwrap starts'
	fi
	drop KILL
else
	skip 'bwrap' 'bwrap is not installed'
fi
# A container of another maker's ids: the capabilities are those that the engine left.
if make_crun user; then
	run nsrun --inspect "$target"
	same_ids crun "$target"
	is 'crun: its hostname' "$(field Hostname)" '"crun"'
	is 'crun: its uids' "$(sed -n '/^UIDS/{n;p}' <<<"$out")" \
		"$(read -r in out count <"/proc/$target/uid_map"
		name=$(id -nu "$out") you=
		[[ $out != "$uid" ]] || you=': you'
		printf '%-9u %-10u %-10u %u inside is uid %u (%s) here%s' "$in" "$out" "$count" "$in" "$out" "$name" "$you")"
	is 'crun: joining' "$(field 'To be joined')" "yes: nsrun --join $target"
	run nsrun --inspect "$target" --json
	same_capabilities crun "$target"
else
	skip crun "$(head -n 1 "$T/reason")"
fi
unmake
run bash -c '"$@" >/dev/full' bash "${launcher[@]}" --inspect self
ran 'to a full disk' 125 '' 'nsrun: standard output: No space left on device'
finish
