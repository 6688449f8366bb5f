#!/usr/bin/env bash
# Ranges of ids, the command's ids and capabilities, and no further user namespaces: as seen from outside.
. "$(dirname "$0")/../lib.sh"

eperm='Operation not permitted (EPERM)'
uid=$(id -u) gid=$(id -g)
name=$(id -un)
subuid=$T/subuid subgid=$T/subgid
: >"$subuid"
: >"$subgid"

# With /etc/subuid and /etc/subgid of the test's own, where $before (a shell command) has been run.
before=:
# shellcheck disable=SC2016
privately=(unshare --mount --propagation private sh -c '
	mount --bind "$1" /etc/subuid && mount --bind "$2" /etc/subgid && eval "$3" || exit 99
	shift 3
	exec "$@"' sh "$subuid" "$subgid")

nobody_is_left() {
	[[ -z $(survivors) ]]
}

# start AS OPTION...: `words` becomes the command line of nsrun as root or as the ordinary user.
start() {
	local as=$1

	shift
	words=("${privately[@]}" "$before")
	[[ $as != user ]] || words+=("${to_user[@]}")
	words+=("${launcher[@]}" "$@")
}

# keep AS OPTION...: holds such a command.
keep() {
	start "$@"
	# shellcheck disable=SC2016
	hold_command "${words[@]}" -- sh -c 'echo ready >"$0"; exec sleep 1000' "$T/ready" && eventually is_asleep
}

# try AS OPTION... [-- COMMAND...]: runs it.
try() {
	start "$@"
	run "${words[@]}"
}

# lines FILE: a map of the held command, in one line.
lines() {
	awk '{ printf "%s%s %s %s", gap, $1, $2, $3; gap = ", " }' "/proc/$inside/$1"
}

# of FIELD: that of the held command in /proc/PID/status, blanks squeezed.
of() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$inside/status" | tr -s '\t ' ' ' | sed 's/ $//'
}

# mapped NAME UID-MAP GID-MAP SETGROUPS UID GID: of the held command, ids as seen out here.
mapped() {
	is "$1: uid_map" "$(lines uid_map)" "$2"
	is "$1: gid_map" "$(lines gid_map)" "$3"
	is "$1: setgroups" "$(cat "/proc/$inside/setgroups")" "$4"
	is "$1: its ids outside" "$(of Uid), $(of Gid)" "$5 $5 $5 $5, $6 $6 $6 $6"
}

all_caps='^000001ffffffffff$|^0000003fffffffff$|^000000ffffffffff$'
# shellcheck disable=SC2016
nest='unshare --user true 2>&1; echo 1000 2>/dev/null >/proc/sys/user/max_user_namespaces
	unshare --user --map-root-user sh -c "unshare --user true" 2>&1; echo end'
nested="unshare: unshare failed: No space left on device
unshare: unshare failed: No space left on device
end"

if is_root && has newuidmap && [[ -e /etc/subuid && -e /etc/subgid ]]; then
	user_uid=$(id -u "$NSRUN_USER") user_gid=$(id -g "$NSRUN_USER")
	# Written by root itself, and by the helpers.
	printf '%s:100000:70000\n' "$NSRUN_USER" >"$subuid"
	printf '%s:200000:500\n' "$NSRUN_USER" >"$subgid"
	for as in root user; do
		keep "$as" --map-users 0:100000:1000 --map-users 1000:101005:1 --map-groups 0:200000:500
		mapped "$as, ranges" '0 100000 1000, 1000 101005 1' '0 200000 500' allow 100000 200000
		is "$as, ranges: no supplementary groups" "$(of Groups)" ''
		like "$as, ranges: all capabilities" "$(of CapEff)" "$all_caps"
		drop TERM
		is "$as, ranges: TERM reaches it" "$status" 143
		keep "$as" --map-users 0:100000:1000 --map-groups 0:200000:500 -S5 -G 6 --groups 7,8 --keep-caps -p
		mapped "$as, -S -G --groups" '0 100000 1000' '0 200000 500' allow 100005 200006
		is "$as, -S -G --groups: groups" "$(of Groups)" '200007 200008'
		like "$as, --keep-caps: all capabilities" "$(of CapEff)" "$all_caps"
		like "$as, --keep-caps: they are ambient" "$(of CapAmb)" "$all_caps"
		drop TERM
		is "$as, -S -G --groups: TERM reaches it" "$status" 143
		try "$as" --map-users 0:100000:1000 --map-groups 0:200000:500 -S5 -G 6 --groups 7,8 -- sh -c \
			'id -u; id -g; id -G; sed -n "s/^CapEff:\t//p" /proc/self/status'
		ran "$as, -S -G --groups: inside, and without --keep-caps" 0 $'5\n6\n6 7 8\n0000000000000000' ''
		try "$as" --map-users 0:100000:1000 --map-groups 0:200000:500 --setgroups deny -- cat /proc/self/setgroups
		ran "$as, ranges and --setgroups deny" 0 deny ''
		# What the payload makes belongs to the mapped ids out here.
		mkdir -m 777 "$T/open"
		try "$as" --map-users 0:100000:1000 --map-groups 0:200000:500 -S5 -G6 -- touch "$T/open/file"
		is "$as, a file of the command's" "$status $(stat -c '%u %g' "$T/open/file")" '0 100005 200006'
		rm -r "$T/open"
		for number in KILL TERM; do
			start "$as" --map-users 0:100000:1000 --map-groups 0:200000:500 -S5
			run "$(helper shoot)" 10 "$(kill -l $number)" 0 20000 "${words[@]}" -- sleep 1000
			like "$as, -S: it dies of $number" "$out" "signal $(kill -l $number)"
			ok "$as, -S: nobody outlives its $number" eventually nobody_is_left
			keep "$as" --map-users 0:100000:1000 --map-groups 0:200000:500 -S5
			drop "$number"
			ok "$as, -S: the command does not outlive its $number" eventually test ! -e "/proc/$inside"
		done
	done
	keep root --map-users 0:100000:10
	mapped 'root, users alone' '0 100000 10' '0 0 1' allow 100000 0
	drop TERM
	keep user --map-users 0:100000:10
	mapped 'user, users alone' '0 100000 10' "0 $user_gid 1" deny 100000 "$user_gid"
	drop TERM
	keep user --map-groups "0:$user_gid:1" --map-groups 1:200000:2 --setgroups allow
	mapped 'user, groups alone' "0 $user_uid 1" "0 $user_gid 1, 1 200000 2" allow "$user_uid" "$user_gid"
	drop TERM
	keep root -S 3 -G 4 --groups 5
	is 'root, without a user namespace' "$(of Uid), $(of Gid), $(of Groups)" '3 3 3 3, 4 4 4 4, 5'
	drop TERM
	keep root -S 3 --keep-caps
	is '--keep-caps without a user namespace' "$(of CapEff)" "$(sed -n 's/^CapEff:\t//p' /proc/self/status)"
	drop TERM
	run setpriv --groups 1,2 "${launcher[@]}" -G 3 -- id -G
	ran '-G alone drops the supplementary groups' 0 3 ''

	# As many lines as the kernel takes, and more bytes than it takes.
	many=() long=()
	for ((i = 0; i < 340; i++)); do
		many+=(--map-users "$i:$((2 * i)):1")
		long+=(--map-users "$((1000000 + i)):$((2000000 + 2 * i)):1")
	done
	run nsrun "${many[@]}" -- wc -l /proc/self/uid_map
	ran '340 ranges' 0 '340 /proc/self/uid_map' ''
	run nsrun "${long[@]}" -- true
	is 'more bytes than the kernel takes' "$status ${err##*: hint: }" \
		'125 the kernel takes no map of 4096 bytes or more, user_namespaces(7)'

	# A PID 1 of other ids that waits for its signals is left to them; its call cannot be read.
	if has tini; then
		for as in root user; do
			start "$as" --map-users 0:100000:1000 --map-groups 0:200000:500 -S5 -p
			# shellcheck disable=SC2016
			hold_command "${words[@]}" -- tini -- sh -c 'trap "exit 7" TERM; echo ready >"$0"; sleep 1000 & wait' "$T/ready"
			drop TERM
			is "$as, -S --pid: a PID 1 that waits for TERM" "$status" 7
		done
	else
		skip 'a PID 1 of other ids that waits for TERM' 'tini is not installed'
	fi

	# /etc/subuid: by name, by number, several ranges, below 65536, one id; not what is another's or no line.
	printf '%s\n' "x$NSRUN_USER:900000:1" "$NSRUN_USER:100000:65536" "$user_uid:500:100" "$NSRUN_USER" \
		"$NSRUN_USER:x:1" "$NSRUN_USER:1:0" "$NSRUN_USER:70000:1" "${user_uid}1:800000:1" >"$subuid"
	echo "$user_uid:300000:1" >"$subgid"
	keep user --map-auto
	mapped '--map-auto' "0 $user_uid 1, 1 100000 65536, 65537 500 100, 65637 70000 1" \
		"0 $user_gid 1, 1 300000 1" allow "$user_uid" "$user_gid"
	drop TERM
	keep user -r --map-auto
	is '-r --map-auto is the same' "$(lines uid_map)" "0 $user_uid 1, 1 100000 65536, 65537 500 100, 65637 70000 1"
	drop TERM
	printf 'root:100000:5\n' >"$subuid"
	printf '0:100000:5\n' >"$subgid"
	keep root --map-auto
	mapped '--map-auto as root' '0 0 1, 1 100000 5' '0 0 1, 1 100000 5' allow 0 0
	drop TERM
	try user --map-auto -- true
	ran '--map-auto without a line' 125 '' \
		"nsrun: --map-auto: /etc/subuid has no ids for $NSRUN_USER; it wants a line $NSRUN_USER:100005:65536"
	printf '%s:100000:5\n' "$NSRUN_USER" "$user_uid" >"$subuid"
	try user --map-auto -- true
	ran '--map-auto, one range twice' 125 '' \
		"nsrun: --map-auto: /etc/subuid: $NSRUN_USER:100000:5 overlaps 1:100000:5, as both have 100000 outside"
	printf '%s:100000:5\n' "$NSRUN_USER" >"$subuid"
	try user --map-auto -- true
	ran '--map-auto without a line in /etc/subgid' 125 '' \
		"nsrun: --map-auto: /etc/subgid has no ids for $NSRUN_USER; it wants a line $NSRUN_USER:100005:65536"

	# A helper that refuses.
	exec_of='execve("/usr/bin/newuidmap", ["newuidmap", PID, "0", "100000", "6"], environ)'
	step="nsrun: step 5 of 10, user.newuidmap: $exec_of: it says"
	try user --map-users 0:100000:6 -- true
	ran 'a range that is not granted' 125 '' \
		"$step \"newuidmap: uid range [0-6) -> [100000-100006) not allowed\" (exit status 1)
nsrun: hint: /etc/subuid wants a line $NSRUN_USER:100000:6"
	printf '%s:200000:500\n' "$NSRUN_USER" >"$subgid"
	try user --map-groups 0:200000:500 --map-groups 500:100000:1 -- true
	like 'the same of groups' "$status $err" "^125 nsrun: step 3 of 10, user.newgidmap: .*: it says \"newgidmap: gid range .*not allowed\" \(exit status 1\)
nsrun: hint: /etc/subgid wants a line $NSRUN_USER:100000:1\$"
	printf '%s:100000:65536\n' "$NSRUN_USER" >"$subuid"
	as_copy=$T/helpers
	mkdir "$as_copy"
	cp /usr/bin/newuidmap /usr/bin/newgidmap "$as_copy"
	chmod 755 "$as_copy"/*
	exec_of=${exec_of/\/usr\/bin/$as_copy}
	words_of=': it says "newuidmap: write to uid_map failed: Operation not permitted" (exit status 1)'
	PATH=$as_copy:$PATH try user --map-users 0:100000:6 -- true
	ran 'a helper without privilege' 125 '' "nsrun: step 5 of 10, user.newuidmap: $exec_of$words_of
nsrun: hint: $as_copy/newuidmap is neither set-user-ID root nor has the file capability cap_setuid, which it needs"
	chmod 4755 "$as_copy"/*
	PATH=$as_copy:$PATH try user --map-users 0:100000:6 -- cat /proc/self/uid_map
	like 'a helper that is first in PATH' "$status $out" '^0  *0  *100000  *6$'
	before="mount --bind '$as_copy' '$as_copy' && mount -o remount,bind,nosuid '$as_copy'"
	PATH=$as_copy:$PATH try user --map-users 0:100000:6 -- true
	ran 'a helper on a nosuid mount' 125 '' "nsrun: step 5 of 10, user.newuidmap: $exec_of$words_of
nsrun: hint: $as_copy/newuidmap lies on a mount with nosuid, which keeps its privilege from it"
	before=:
	words=("${privately[@]}" : setpriv --no-new-privs "${to_user[@]}" "${launcher[@]}")
	run "${words[@]}" --map-users 0:100000:6 -- true
	ran 'a helper under no_new_privs' 125 '' "nsrun: step 5 of 10, user.newuidmap: ${exec_of/$as_copy//usr/bin}$words_of
nsrun: hint: no_new_privs is in force here (NoNewPrivs: 1 in /proc/self/status), which keeps its privilege from /usr/bin/newuidmap"
	run "${words[@]}" --explain --map-users 0:100000:6 -- true
	is 'and --explain foresees it' "$status $err" \
		"0 nsrun: hint: no_new_privs is in force here (NoNewPrivs: 1 in /proc/self/status), which keeps its privilege from /usr/bin/newuidmap"
	printf '#!/bin/sh\nkill -KILL $$\n' >"$as_copy/newuidmap"
	PATH=$as_copy:$PATH try user --map-users 0:100000:6 -- true
	ran 'a helper that is killed' 125 '' "nsrun: step 5 of 10, user.newuidmap: $exec_of: it was killed by SIGKILL"
	printf '#!/bin/sh\nexit 3\n' >"$as_copy/newuidmap"
	PATH=$as_copy:$PATH try user --map-users 0:100000:6 -- true
	ran 'a helper that says nothing' 125 '' "nsrun: step 5 of 10, user.newuidmap: $exec_of: it exits with status 3"
	printf '#!/bin/sh\nexit 0\n' >"$as_copy/newuidmap"
	PATH=$as_copy:$PATH try user --map-users 0:100000:6 -- true
	ran 'a helper that does nothing' 125 '' "nsrun: step 5 of 10, user.newuidmap: $exec_of: it exits with status 0 and has written nothing"
	printf '#!/bin/sh\nhead -c 1000000 /dev/zero | tr "\\0" "\\033" >&2; exit 1\n' >"$as_copy/newuidmap"
	PATH=$as_copy:$PATH try user --map-users 0:100000:6 -- true
	like 'a helper that says much, and not in words' "$status $err" ': it says "[?]{149}" \(exit status 1\)$'
	printf 'no program' >"$as_copy/newuidmap"
	PATH=$as_copy:$PATH try user --map-users 0:100000:6 -- true
	ran 'a helper that cannot be executed' 125 '' "nsrun: step 5 of 10, user.newuidmap: $exec_of: Exec format error (ENOEXEC)"
	# A signal that comes while the helper hangs ends both.
	printf '#!/bin/sh\nexec sleep 1000\n' >"$as_copy/newuidmap"
	start user --map-users 0:100000:6
	PATH=$as_copy:$PATH run "$(helper shoot)" 3 15 300000 400000 "${words[@]}" -- true
	ran 'a helper that hangs' 0 '3 signal 15' ''
	ok 'and is gone then' eventually nobody_is_left
	try user --explain --map-auto -- true
	like '--explain: the table' "$out" "
user               0 *$user_uid           1  $NSRUN_USER, the caller
                   1      100000       65536  granted by /etc/subuid
group              0 *$user_gid           1  the caller's group
                   1      200000         500  granted by /etc/subgid
"
	for as in root user; do
		try "$as" --map-users 0:100000:1000 --map-groups 0:200000:500 --disable-userns --pid -- sh -c "cat /proc/self/uid_map; $nest"
		ran "$as, ranges and --disable-userns" 0 "         0          0       1000"$'\n'"$nested" ''
	done
	try user --map-auto --disable-userns -S7 -G8 -- sh -c 'id -u; id -g; unshare --user true 2>/dev/null || echo no'
	ran '--map-auto --disable-userns -S -G' 0 $'7\n8\nno' ''
elif is_root; then
	skip 'ranges' 'newuidmap, /etc/subuid or /etc/subgid is missing'
else
	run env PATH=/nowhere "${launcher[@]}" --map-users 0:100000:5 -- true
	ran 'no helper in PATH' 125 '' \
		"nsrun: --map-users: uid $uid lacks CAP_SETUID, so newuidmap(1) must write the map, and PATH has none"
	run env PATH=/nowhere "${launcher[@]}" --map-groups 0:100000:5 -- true
	ran 'no helper in PATH for groups' 125 '' \
		"nsrun: --map-groups: uid $uid lacks CAP_SETGID, so newgidmap(1) must write the map, and PATH has none"
	run nsrun -S 1 -- true
	ran '-S without privilege' 125 '' "nsrun: step 3 of 8, ids.groups: setgroups(0, NULL): $eperm
nsrun: hint: CAP_SETGID is needed to take other supplementary groups, and uid $uid lacks it"
	run nsrun --user -S 0 -- true
	ran '-S where setgroups(2) is denied' 125 '' "nsrun: --setuid sets or drops supplementary groups, and setgroups(2) is denied: the kernel wants that where the map of groups is the caller's own; use --map-groups or --map-auto"
fi

# One's own id alone needs nobody's help.
hold --map-users "77:$uid:1" --map-groups "88:$gid:1"
is "one's own id as a range" "$(lines uid_map), $(lines gid_map)" "77 $uid 1, 88 $gid 1"
drop TERM

# Refused before anything is done.
refused() {
	local wanted=$1

	shift
	run nsrun "$@" -- true
	ran "refused: $*" 125 '' "nsrun: $wanted"
}
refused '--setuid: 5 is not mapped in the new user namespace' --user -S 5
refused '--setgid: 5 is not mapped in the new user namespace' --user -G 5
refused '--groups: 6 is not mapped in the new user namespace' --user --groups 0,6
refused '--map-users: "5:3000:1": overlaps 0:1000:10, as both have 5 inside' --map-users 0:1000:10 --map-users 5:3000:1
refused '--map-groups: "50:1009:9": overlaps 0:1000:10, as both have 1009 outside' --map-groups 0:1000:10 --map-groups 50:1009:9
refused '--groups sets or drops supplementary groups, and setgroups(2) is denied: --setgroups deny' --setgroups deny --groups 0
if is_root; then
	refused '--no-fork contradicts --map-users: a second process has to write the maps' --no-fork --map-users 0:100000:5
fi

# Capabilities of another id than root.
run nsrun --map-self --keep-caps -- sed -n 's/^CapEff:\t//p' /proc/self/status
like '--map-self --keep-caps' "$status $out" "^0 (${all_caps//[\^\$]/})\$"
run nsrun --map-user 5 -- sed -n 's/^CapEff:\t//p' /proc/self/status
ran 'without --keep-caps' 0 0000000000000000 ''

# No further user namespaces; that the same command finds some without the option shows that it looks.
for more in '' '--map-self --keep-caps' '--pid' '--pid --no-proc' "${every[*]}"; do
	read -r -a words <<<"$more"
	run nsrun --disable-userns "${words[@]}" -- sh -c "$nest"
	ran "--disable-userns $more" 0 "$nested" ''
	run nsrun --user "${words[@]}" -- sh -c "$nest"
	[[ $more == *--map-self* && $uid != 0 ]] || ran "--user $more" 0 end ''
done
run nsrun --disable-userns --mount --uts -- sh -c 'mount -t tmpfs none /mnt 2>/dev/null; echo $?; hostname other 2>/dev/null; echo $?'
ran '--disable-userns: what belongs to the first user namespace is not to be changed' 0 $'32\n1' ''
run nsrun --disable-userns --no-fork -- sh -c "$nest"
ran '--disable-userns --no-fork' 0 "$nested" ''
hold --disable-userns --map-user 5
is '--disable-userns: outside it is the caller' "$(of Uid)" "$uid $uid $uid $uid"
drop TERM
run nsrun --disable-userns --map-user 5 -- id -u
ran '--disable-userns: inside it is as mapped' 0 5 ''
# The child that would write the maps of the second hears that there is none: those of the first are not its.
if is_static && has strace; then
	run strace -f -o "$T/trace" -e trace=unshare,openat -e inject=unshare:error=EPERM:when=1 \
		"${launcher[@]}" --user --disable-userns -- true
	is '--disable-userns: no second namespace' "$status ${err%%$'\n'*}" \
		"125 nsrun: step 7 of 11, user.nested: unshare(CLONE_NEWUSER): $eperm"
	is '--disable-userns: and nobody writes a map then' \
		"$(sed -n '/unshare(CLONE_NEWUSER).*INJECTED/,$s/.*_map".*O_WRONLY.*/&/p' "$T/trace")" ''
else
	skip '--disable-userns: no second namespace' 'strace is missing, or nsrun is dynamic (sanitizers)'
	skip '--disable-userns: and nobody writes a map then' 'strace is missing, or nsrun is dynamic (sanitizers)'
fi
if is_static; then
	run unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /proc; exec "$@"' sh \
		"${launcher[@]}" --user -- true
	like 'a /proc that is none' "$status ${err%%:*}" '^125 nsrun'
else
	skip 'a /proc that is none' 'nsrun is dynamic (sanitizers)'
fi
run unshare --user --map-root-user --mount sh -c 'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys; exec "$@"' sh \
	"${launcher[@]}" --disable-userns -- true
ran '--disable-userns where /proc/sys is read-only' 125 '' \
	'nsrun: step 6 of 11, user.limit: write("/proc/sys/user/max_user_namespaces", "1", 1): Read-only file system (EROFS)
nsrun: hint: other mounts cover parts of /proc: /proc/sys'

finish
