#!/usr/bin/env bash
# Namespaces that are kept: who keeps them, what is in the directory, who sees the mounts, and that all goes again.
# On one processor from before it has mounts of its own: Linux 6.18 may take an older mount namespace for a
# newer one (kernel-traps 82).
if cpus=$(taskset -cp $$); then
	cpus=${cpus##*: }
	taskset -cp "${cpus%%[-,]*}" $$ >/dev/null
fi 2>/dev/null
own_mounts=1
. "$(dirname "$0")/../lib.sh"
need unshare nsenter taskset flock

D=$T/kept
note='nsrun: note: the PID namespace has ended with its first process and is not kept in'

# What a save may not change: mounts, and what lies about in its directory.
state() {
	cat /proc/self/mountinfo
	find "$T" -mindepth 1 -maxdepth 1 -name 'kept*' -printf '%p %m\n'
}

unchanged() {
	[[ $(state) == "$before" ]]
}

files() {
	find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' '
}

# save ARG...: a save that may fail; $out are the links of the command.
save() {
	# shellcheck disable=SC2016
	run nsrun --save "$D" "$@" -- \
		sh -c 'for link in /proc/self/ns/*; do readlink $link; done'
}

# The kind and the number of each namespace kept in a directory, as the links have them.
kept() {
	local file

	for file in "$1"/*; do
		echo "${file##*/}:[$(stat -c %i "$file")]"
	done
}

release() {
	run nsrun --release "$D"
	ran "$1: released" 0 '' ''
	ok "$1: all is as before" unchanged
}

# keeps NAME KINDS ARG...
keeps() {
	local name=$1 kinds=$2 kind wrong='' before

	shift 2
	before=$(state)
	save "$@"
	is "$name: status" "$status $err" "${3-0 }"
	is "$name: kept" "$(files "$D")" "$kinds"
	for kind in $(kept "$D"); do
		[[ $'\n'$out$'\n' == *$'\n'"$kind"$'\n'* ]] || wrong+="$kind "
	done
	is "$name: they are the command's" "$wrong" ''
	release "$name"
}

# enters NAME KIND: nsenter(1) gets there.
enters() {
	local option=$2

	[[ $option != mnt ]] || option=mount
	is "$1: nsenter --$option" "$(nsenter "--$option=$D/$2" readlink "/proc/self/ns/$2")" \
		"$2:[$(stat -c %i "$D/$2")]"
}

of_root() {
	local kind

	keeps uts 'uts ' --uts
	keeps 'several' 'ipc net uts ' -uin
	keeps 'a user namespace' 'user uts ' -Uu
	keeps 'mapped ids' 'user ' --map-user 7
	keeps 'mounts' 'mnt ' -m
	before=$(state)
	save --uts --net --mount --cgroup --ipc
	for kind in uts net mnt cgroup ipc; do
		enters 'by root' "$kind"
	done
	is 'the hostname is kept' "$(nsenter --uts="$D/uts" cat /proc/sys/kernel/hostname)" nsrun
	is 'the directory is for its maker alone' "$(stat -c %a "$D/.")" 1700
	release 'by root'
	if [[ -e /proc/self/ns/time ]]; then
		keeps 'clocks' 'time ' --monotonic 1d
		save --boottime 1d
		like 'the clock is kept' "$(nsenter --time="$D/time" cat /proc/uptime)" '^[0-9]{5,}\.'
		release 'a time namespace'
	fi
	before=$(state)
	run nsrun --save "$D/" --hostname a -- true
	ran 'a slash at the end' 0 '' ''
	release 'a slash at the end'
	run sh -c "cd '$T' && exec '$NSRUN' --save kept -u -w / -- true"
	ran 'a relative path' 0 '' ''
	run sh -c "cd '$T' && exec '$NSRUN' --release ./kept"
	ran 'a relative path: released' 0 '' ''
	ok 'a relative path: all is as before' unchanged
}

pid_goes() {
	local ended=143

	# Where nobody tells that a PID 1 dropped the signal, drop() kills it.
	can_judge || ended=137
	before=$(state)
	hold --save "$D" --pid --uts
	is 'while the command runs its PID namespace is there' "$(files "$D")" 'mnt pid uts '
	is 'and can be entered' "$(nsenter --pid="$D/pid" --mount="$D/mnt" sh -c "cat /proc/1/comm")" sleep
	drop TERM
	is 'it goes with the command' "$status $(files "$D")" "$ended mnt uts "
	is 'and that is said' "$(<"$T/err")" \
		"$note \"$D\", and /proc of the mnt kept there is dead; the cure: --join \"$D\" --pid"
	release 'without a PID namespace'
	run nsrun --save "$D" --pid --no-proc --ipc -- true
	ran 'without mounts there is no dead /proc' 0 '' "$note \"$D\"; the cure: --join \"$D\" --pid"
	release 'without a /proc'
	hold --save "$D" --pid --uts
	release 'under a running command'
	drop TERM
	is 'the command does not mind' "$status $(<"$T/err")" "$ended "
	ok 'and leaves nothing' unchanged
}

refusals() {
	local asked="--save \"$D\""

	before=$(state)
	run nsrun --save "$D" -- true
	ran 'nothing to save' 125 '' "nsrun: $asked: no new namespace is asked for"
	run nsrun --save "$D" --pid --no-proc -- true
	ran 'a PID namespace alone' 125 '' \
		"nsrun: $asked: a pid namespace ends with the command, and no other is asked for"
	run nsrun --save "$D" --uts --no-fork -- true
	ran '--no-fork' 125 '' "nsrun: $asked contradicts --no-fork"
	run nsrun --save "$T/kept/.." --uts -- true
	ran 'no name' 125 '' "nsrun: --save: \"$T/kept/..\": the last part of the path is no name"
	run nsrun --save "$D/no/x" --uts -- true
	ran 'a parent that is missing' 125 '' "$(call "$D/no/x") No such file or directory (ENOENT)
nsrun: hint: there is no \"$D/no/\", in which it would be made"
	ok 'nothing was changed' unchanged
}

# call DIR [STEPS]: how the failed first step of --uts is told.
call() {
	echo "nsrun: step 1 of ${2-10}, save.directory: mkdir(\"$1\", 01700), flock(open(\"$1\"), LOCK_EX):"
}

# A directory with something in it, or that is none.
occupied() {
	mkdir "$D"
	touch "$D/other file"
	before=$(state)
	run nsrun --save "$D" --uts -- true
	ran 'a directory with a file' 125 '' "$(call "$D") Directory not empty (ENOTEMPTY)
nsrun: hint: \"$D\" has \"other file\" in it; --save wants a directory that is empty, or makes it"
	run nsrun --release "$D"
	ran 'it is no saved one' 125 '' "nsrun: --release: \"$D\": no namespaces are saved there"
	ok 'nothing was changed' unchanged
	is 'the file is there' "$(files "$D")" 'other file '
	rm "$D/other file"
	run nsrun --release "$D"
	ran 'nor is an empty one' 125 '' "nsrun: --release: \"$D\": no namespaces are saved there"
	rmdir "$D"
	ln -s "$T/cwd" "$D"
	run nsrun --save "$D" --uts -- true
	ran 'a symbolic link' 125 '' "$(call "$D") Not a directory (ENOTDIR)
nsrun: hint: \"$D\" or a part of the path to it is no directory, and a symbolic link in its place is not followed"
	run nsrun --release "$D"
	ran 'nor a link' 125 '' "nsrun: --release: open \"$D\": Not a directory (ENOTDIR)"
	rm "$D"
	run nsrun --release "$D"
	ran 'nor a missing one' 125 '' "nsrun: --release: open \"$D\": No such file or directory (ENOENT)"
	run nsrun --release /
	ran 'nor the root directory' 125 '' 'nsrun: --release: "/": the last part of the path is no name'
}

# What was there before stays there.
empty_before() {
	mkdir -m 755 "$D"
	before=$(state)
	save -u
	is 'an empty directory is taken' "$status $(files "$D")" '0 uts '
	run nsrun --save "$D" --uts -- true
	ran 'but not twice' 125 '' "$(call "$D") Directory not empty (ENOTEMPTY)
nsrun: hint: \"$D\" has \"uts\" in it, as from an earlier --save; --release \"$D\" lets that go"
	enters 'the first is untouched' uts
	release 'an empty directory'
	run nsrun --save "$D" --uts -- no-such-command
	is 'a command that is not there keeps nothing' "$status $(files "$D")" '127 '
	ok 'nothing was changed' unchanged
	rmdir "$D"
	before=$(state)
	run nsrun --save "$D" --uts -- no-such-command
	is 'nor makes the directory' "$status" 127
	ok 'it is absent again' unchanged
}

# What is not of --save stays where it is.
foreign() {
	save -ui
	touch "$D/mount"
	run nsrun --release "$D"
	ran 'a file that --save did not make' 125 '' "nsrun: --release: \"$D\": --save did not make \"mount\" in it"
	is 'all is there' "$(files "$D")" 'ipc mount uts '
	rm "$D/mount"
	echo text >"$D/net"
	run nsrun --release "$D"
	ran 'nor one of such a name' 125 '' "nsrun: --release: \"$D\": --save did not make \"net\" in it"
	rm "$D/net"
	run strace -qq -o /dev/null -e inject=umount2:error=EBUSY "$NSRUN" --release "$D"
	ran 'a call that fails is named' 125 '' "nsrun: --release: umount \"$D\": Device or resource busy (EBUSY)"
	is 'and all is there' "$(files "$D")" 'ipc uts '
	run nsrun --release "$D"
	mkdir "$D"
	mount -t tmpfs none "$D"
	run nsrun --release "$D"
	ran 'another mount' 125 '' "nsrun: --release: \"$D\": no namespaces are saved there"
	save -u
	is 'on another mount' "$status $(files "$D")" '0 uts '
	run nsrun --release "$D"
	ran 'which stays' 0 '' ''
	ok 'it is there' umount "$D"
	mount --bind "$T/tmp" "$D"
	run nsrun --release "$D"
	ran 'another directory' 125 '' "nsrun: --release: \"$D\": no namespaces are saved there"
	umount "$D"
	rmdir "$D"
}

# Nobody else sees the mounts, where / is shared: $1 is a propagation.
beside() {
	local script

	# shellcheck disable=SC2016
	script='
		unshare -m --propagation slave sleep 1000 & peer=$!
		trap "kill $peer" EXIT
		until [ "$(readlink /proc/$peer/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]; do sleep 0.01; done
		sleep 0.1
		before=$(cat /proc/$peer/mountinfo /proc/self/mountinfo)
		"$NSRUN" --propagation "$2" -- cut -d" " -f5- /proc/self/mountinfo >"$T/plain" || exit
		"$NSRUN" --save "$1" --propagation "$2" -u -- sh -c "cut -d\" \" -f5- /proc/self/mountinfo" >"$T/with" ||
			exit
		echo "container: $(sed "s/^\([^ ]*\) .*/\1/" "$T/plain" "$T/with" | sort | uniq -u | tr "\n" " ")"
		echo "nsfs there: $(grep -c "^$1/.* nsfs " "$T/with")"
		echo "nsfs in the peer: $(grep -c " nsfs .*$1\| $1/.* nsfs " /proc/$peer/mountinfo)"
		echo "nsfs here: $(grep -c " $1/.* nsfs " /proc/self/mountinfo)"
		"$NSRUN" --release "$1" || exit
		[ "$(cat /proc/$peer/mountinfo /proc/self/mountinfo)" = "$before" ] && echo as before
		[ ! -e "$1" ]
	'
	run unshare -m --propagation shared sh -c "$script" sh "$D" "$1"
	ran "on a shared /, --propagation $1" 0 "container: $D 
nsfs there: 0
nsfs in the peer: 0
nsfs here: 2
as before" ''
}

# One of many, and none of those who wait after a signal.
races() {
	local i status winners='' pids=() holder

	before=$(state)
	for _ in 1 2 3 4 5; do
		pids=()
		for i in {1..20}; do
			"$NSRUN" --save "$D" --hostname "h$i" -- true 2>>"$T/losers" &
			pids+=($!)
		done
		for i in {1..20}; do
			wait "${pids[i - 1]}"
			status=$?
			((status == 125)) || winners+="$status:$([[ $(nsenter --uts="$D/uts" cat /proc/sys/kernel/hostname) == "h$i" ]] && echo own) "
		done
		"$NSRUN" --release "$D"
	done
	is '5 times one of 20, and its own namespace is kept' "$winners" '0:own 0:own 0:own 0:own 0:own '
	is 'the others say why' "$(sort -u "$T/losers")" "nsrun: hint: \"$D\" has \"uts\" in it, as from an earlier --save; --release \"$D\" lets that go
$(call "$D") Directory not empty (ENOTEMPTY)"
	ok 'nothing is left of the race' unchanged
	winners=''
	pids=()
	for i in {1..20}; do
		"$NSRUN" --save "$D" --uts -- no-such-command 2>/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
		winners+="$? "
	done
	is 'each of 20 that fail has had its turn' "$(tr ' ' '\n' <<<"${winners% }" | sort | uniq -c)" '     20 127'
	ok 'nothing is left of them' unchanged
	mkdir "$D"
	flock --no-fork "$D" sleep 1000 &
	holder=$!
	eventually eval "! flock -n '$D' true"
	run timeout --preserve-status -k 5 -s INT 0.3 "$NSRUN" --save "$D" --uts -- true
	is 'INT ends the wait for the directory' "$status" 130
	"$NSRUN" --save "$D" --uts -- true &
	sleep 0.1
	kill "$holder"
	wait "$!"
	is 'who waits gets it' "$? $(files "$D")" '0 uts '
	"$NSRUN" --release "$D"
	rmdir "$D"
}

# A killed nsrun leaves what --release lets go.
killed() {
	before=$(state)
	hold --save "$D" --pid --uts
	drop KILL
	is 'killed: the directory is left' "$(files "$D")" 'mnt pid uts '
	release 'of a killed one'
	mkdir -m 1700 "$D"
	release 'a directory just made'
	mkdir -m 1700 "$D"
	mount --bind "$D" "$D"
	mount --make-private "$D"
	touch "$D/uts"
	release 'half a namespace'
	mkdir -m 1700 "$D"
	mount --bind "$D" "$D"
	mount --make-private "$D"
	save -u
	is 'over an empty one that was left' "$status" 0
	release 'both mounts'
}

# By root of a user namespace, for whom this is done by an outer nsrun: $1 is a script.
in_user_namespace() {
	run nsrun --user --mount -- sh -c "$1" sh "$D"
}

of_user() {
	before=$(state)
	# shellcheck disable=SC2016
	in_user_namespace '"$NSRUN" --save "$1" -uinC -- sh -c "readlink /proc/self/ns/net; cat /proc/sys/kernel/hostname"
		for kind in uts ipc net cgroup; do echo "$kind:[$(stat -c %i "$1/$kind")]"; done >"$T/kinds"
		ls "$1"
		nsenter --net="$1/net" readlink /proc/self/ns/net
		"$NSRUN" --release "$1" && ls -d "$1" 2>&1 | sed "s/.*: //"'
	is 'root of a user namespace keeps' "$status $(tr '\n' ' ' <"$T/out")" \
		"0 $(sed -n 's/^net:/net:/p' "$T/kinds") nsrun cgroup ipc net uts $(sed -n 3p "$T/kinds") No such file or directory "
	# shellcheck disable=SC2016
	in_user_namespace '"$NSRUN" --save "$1" -umU --map-user 5 -- cat /proc/self/uid_map && ls "$1" &&
		nsenter --user="$1/user" --preserve-credentials cat /proc/self/uid_map && "$NSRUN" --release "$1"'
	like 'and a user namespace with mounts' "$status $out $err" \
		'^0 +5 +[0-9]+ +1'$'\n''mnt'$'\n''user'$'\n''uts'$'\n'' +5 +[0-9]+ +1 $'
	# shellcheck disable=SC2016
	run nsrun --user -- sh -c '"$NSRUN" --save "$1" -u -- true' sh "$D"
	ran 'not where the mounts are the host'\''s' 125 '' "$(mount_call 10) Operation not permitted (EPERM)
nsrun: hint: --save makes mounts, and the mount namespace belongs to another user namespace than the caller's; --mount together with --user makes one that does not"
	ok 'nothing is left of either' unchanged
}

# mount_call STEPS: how the failed second step is told.
mount_call() {
	echo "nsrun: step 2 of $1, save.private: mount(\"$D\", \"$D\", NULL, MS_BIND, NULL), mount(NULL, \"$D\", NULL, MS_PRIVATE, NULL):"
}

without_privilege() {
	local hint="nsrun: hint: --save makes mounts, for which CAP_SYS_ADMIN is needed, and uid $UID lacks it; a user namespace with mounts of its own gives it: nsrun --user --mount"

	before=$(state)
	run nsrun --save "$D" --user --uts -- true
	ran 'without privilege' 125 '' "$(mount_call 14) Operation not permitted (EPERM)
$hint"
	ok 'it is refused before the clone, and nothing is left' unchanged
	run nsrun --explain --save "$D" --user --uts -- true
	is '--explain says so too' "$status $err" "0 $hint"
}

refusals
occupied
of_user
if is_root; then
	of_root
	pid_goes
	empty_before
	if has strace; then
		foreign
	else
		skip 'what --save did not make' 'strace is not installed'
	fi
	for propagation in private slave shared unchanged; do
		beside "$propagation"
	done
	races
	killed
else
	without_privilege
fi
finish
