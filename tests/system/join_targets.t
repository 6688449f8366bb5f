#!/usr/bin/env bash
# --join: what may be named, what comes along, what is refused and in which words.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/system/containers.sh" || exit 1

uid=$(id -u)
links() {
	local kind

	for kind; do
		readlink "/proc/$target/ns/$kind"
	done
}
# links PID KIND...: in which namespaces it is
links() {
	local pid=$1 kind

	shift
	for kind; do
		readlink "/proc/$pid/ns/$kind"
	done
}

# gets NAME KINDS OTHERS ARG...: the command is in these of the target, and in the others of the caller
gets() {
	local name=$1 kinds others wanted

	read -r -a kinds <<<"$2"
	read -r -a others <<<"$3"
	shift 3
	if joins user "$@"; then
		wanted="$(links "$target" "${kinds[@]}") $(links self "${others[@]}")"
		is "$name" "$(links "$inside" "${kinds[@]}") $(links "$inside" "${others[@]}")" "$wanted"
	else
		fail "$name" "$(<"$T/err")"
	fi
	drop TERM
}

# refused MESSAGE WORD...
refused() {
	local message=$1

	shift
	run nsrun "$@"
	ran "refused: $message" 125 '' "nsrun: $message"
}

make user env MARK=of-the-target PATH=/nowhere:/usr/bin:/bin "${launcher[@]}" --user -uinmp -- \
	sh -c 'cd /usr; exec sleep 1000' || fail 'a target is made' "$(<"$T/maker")"

# Which namespaces.
gets 'a process: all that differ' 'mnt uts ipc net pid user' cgroup --join "$target"
gets 'kinds by name' 'user uts' 'mnt ipc net pid cgroup' --join "$target:user,uts"
gets 'mount is read as mnt' 'user mnt' 'uts ipc net pid' --join "$target:user,mount"
gets 'a file, and the user namespace behind it' 'user net' 'mnt uts ipc pid' \
	--join "/proc/$target/ns/net" --join "/proc/$target/ns/user"
gets 'all files, the user namespace last' 'user pid net ipc uts mnt' cgroup --join "/proc/$target/ns/pid" \
	--join "/proc/$target/ns/net" --join "/proc/$target/ns/ipc" --join "/proc/$target/ns/uts" \
	--join "/proc/$target/ns/mnt" --join "/proc/$target/ns/user"
gets 'a process for some, a file for another' 'user uts net' 'mnt ipc pid' --join "$target:user,uts" \
	--join "/proc/$target/ns/net"
gets 'the same one twice' 'user uts net' 'mnt ipc pid' --join "$target:user,uts,net" \
	--join "/proc/$target/ns/net"
mkdir "$T/saved"
for kind in user uts net; do
	ln -s "/proc/$target/ns/$kind" "$T/saved/$kind"
done
: >"$T/saved/ipc"
gets 'a directory, and nothing that is not there' 'user uts net' 'ipc mnt pid' --join "$T/saved"
ln -s "/proc/$target/ns/net" "$T/uts"
gets 'the kind is asked of the kernel' 'net user' 'uts mnt' --join "$T/uts" --join "$target:user"

# Joins come before creation.
gets 'joined, then new' 'user net' 'mnt ipc pid' --join "$target:user,net" --uts
run nsrun --join "$target:user,net" --uts -- hostname
ran 'joined, then new: the new one has the name that it is given' 0 nsrun ''
run nsrun --join "$target" --user -- sh -c 'cat /proc/self/uid_map; id -u' # it writes its own map
like 'a user namespace inside a joined one' "$status $out $err" "^0 +0 +0 +1"$'\n''0 $'
# shellcheck disable=SC2016
run nsrun --join "$target" --pid -- sh -c 'echo $$; readlink /proc/self'
ran 'a new PID namespace in place of the one that differs' 0 $'1\n2' ''
run nsrun --join "$target" --time --boottime 100d -- cut -d. -f1 /proc/uptime
like 'a time namespace after a join' "$status $out $err" '^0 8[67][0-9]{5} $'
run nsrun --join "$target:user,mnt" --user -- true
ran 'its own map where the /proc that is joined does not show it' 0 '' ''
run nsrun --join "$target" --user --map-self --time --boottime 1d -- true
ran 'a user and a time namespace after a join' 0 '' ''

# What comes along.
run nsrun --join "$target" -- pwd
ran 'the working directory, where it is there' 0 "$PWD" ''
# shellcheck disable=SC2016
run nsrun --join "$target" --join-env -- sh -c 'echo "$MARK $PATH"'
ran '--join-env' 0 'of-the-target /nowhere:/usr/bin:/bin' ''
# shellcheck disable=SC2016
run nsrun --join "$target" -- sh -c 'echo "${MARK-none}"'
ran 'without it the caller keeps its own' 0 none ''
run nsrun --join "$target" --join-env -- /bin/no-such-command
like '127 names PATH of the target' "$status $err" '^127 nsrun: step [0-9]+ of [0-9]+, exec: '
run nsrun --join "$target" --join-env -- no-such-command
like '127 names the PATH of the target' "$status $err" '^127 .*hint: looked for in PATH, "/nowhere:/usr/bin:/bin"$'
run nsrun --join "$target" --join-root -- pwd
ran '--join-root: the working directory of the process' 0 /usr ''
run nsrun --join "$target" --join-root -w /bin -- pwd -P
like '--chdir counts more' "$out" '^(/usr)?/bin$'

# Nothing is joined, everything is supervised.
sleep 1000 &
maker2=$!
run nsrun --join "$maker2" -- sh -c 'exit 3'
ran 'a process of which nothing differs' 3 '' ''
run nsrun --join "$maker2:uts" -- true
if is_root; then
	ran 'the own namespace, by name' 0 '' ''
else
	like 'the own namespace by name, without privilege' "$status $err" "^125 nsrun: step 5 of 10, join.enter: setns\(pidfd, CLONE_NEWUTS\): Operation not permitted \(EPERM\)"$'\n'"nsrun: hint: CAP_SYS_ADMIN is needed to join namespaces \(uts\), and uid $uid lacks it; sudo gives it$"
fi
refused "--join: \"$maker2:user\": that is the caller's own user namespace, which cannot be joined" --join "$maker2:user" -- true
refused "--join: \"/proc/self/ns/user\": that is the caller's own user namespace, which cannot be joined" --join /proc/self/ns/user -- true
kill "$maker2"
wait "$maker2"

# Values.
refused '--join: "": an empty target' --join '' -- true
refused '--join: "0": not a process: a number from 1 to 4194304' --join 0 -- true
refused '--join: "4194305": not a process: a number from 1 to 4194304' --join 4194305 -- true
refused '--join: "1:": not a list of kinds: mnt uts ipc net pid user cgroup time' --join 1: -- true
refused '--join: "1:utz": not a list of kinds: mnt uts ipc net pid user cgroup time' --join 1:utz -- true
refused '--join: "/no/such": No such file or directory (ENOENT)' --join /no/such -- true
refused '--join: "/etc/passwd": not a namespace file' --join /etc/passwd -- true
refused '--join: "/dev/null": not a namespace file' --join /dev/null -- true
mkfifo "$T/fifo"
refused "--join: \"$T/fifo\": not a namespace file" --join "$T/fifo" -- true
refused '--join: "/usr": no namespace files are in that directory' --join /usr -- true
refused '--join-env: no --join PID is given' --join-env -- true
refused '--join-root: no --join PID is given' --join /proc/self/ns/net --join-root -- true
refused '--join-cgroup: more than one --join PID is given' --join 1 --join 2 --join-cgroup -- true
refused '--join "1" contradicts --no-fork' --join 1 --no-fork -- true
refused '--join "1" contradicts --map-root-user' --join 1 -r -- true
refused '--join "1" contradicts --map-current-user' --join 1 -c -- true
refused '--net takes no value, but was given "/run/x"; --join FILE enters what is there, --save DIR keeps what is new' --net=/run/x -- true
refused "--setgroups contradicts --join \"$target\": nsrun would have to write the id maps, and is not in the user namespace that is joined" --join "$target" --setgroups allow -- true
if ! is_root; then
	cure="and uid $uid lacks it; --join its user namespace too, which gives it there"
	run nsrun --join "$target:net" -- true
	is 'without its user namespace' "$status ${err#*$'\n'}" "125 nsrun: hint: CAP_SYS_ADMIN is needed to join namespaces (net), $cure"
	run nsrun --join "/proc/$target/ns/mnt" -- true
	is 'a file without its user namespace' "$status ${err#*$'\n'}" "125 nsrun: hint: CAP_SYS_ADMIN is needed to join namespaces (mnt), $cure"
fi
refused "--pid contradicts --join \"$target:pid\": a new pid namespace cannot be made below one that is joined at the same time" --join "$target:pid" --pid -- true
refused "--join \"$target:net\" contradicts --join \"/proc/self/ns/net\": two net namespaces" \
	--join "$target:net" --join /proc/self/ns/net -- true
nine=()
for _ in 1 2 3 4 5 6 7 8 9; do
	nine+=(--join /proc/self/ns/net)
done
refused '--join: "/proc/self/ns/net": one target more than there are kinds of namespaces' "${nine[@]}" -- true

# Targets that cannot be joined.
true &
gone=$!
wait "$gone"
refused "--join: \"$gone\": No such process (ESRCH)" --join "$gone" -- true
# answers CODE: a Python program that writes a number to a file and stays; $number, and $program is its pid
answers() {
	rm -f "$T/number"
	python3 -c "$1" >"$T/number" &
	program=$!
	eventually test -s "$T/number"
	number=$(<"$T/number")
}
answers 'import os, time
pid = os.fork()
if pid == 0:
    os._exit(0)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
print(pid, flush=True)
time.sleep(1000)'
refused "--join: \"$number\": that process has ended, and is in no namespaces any more" --join "$number" -- true
kill "$program"
wait "$program"
answers 'import threading, time
def run():
    print(threading.get_native_id(), flush=True)
    time.sleep(1000)
threading.Thread(target=run).start()'
refused "--join: \"$number\": a thread of process $program; name that" --join "$number" -- true
kill "$program"
wait "$program"

# Somebody else's process that /proc hides: it has not ended.
if is_root; then
	for how in 1 2; do
		# shellcheck disable=SC2016
		run unshare -m sh -c 'mount -t proc -o "hidepid=$0" proc /proc && exec "$@"' "$how" \
			"${to_user[@]}" "${launcher[@]}" --join "$$" -- true
		ran "refused: a process that hidepid=$how hides" 125 '' "nsrun: --join: \"$$\": /proc shows nothing of \
that process to uid $(id -u "$NSRUN_USER") (hidepid, proc(5)); try sudo"
	done
else
	skip 'a process that /proc hides' 'only root mounts a proc in the PID namespace of the tests'
fi

# The container ends under a joined command: nobody waits for a zombie that nsrun keeps (kernel-traps 87).
is_unmade() {
	! kill -0 "$maker"
} 2>/dev/null
exec 8<"/proc/$target/ns/pid" 9<"/proc/$target/ns/user"
joins user --join "$target"
# Bash has a word for whoever was killed.
{
	kill -s KILL "$target"
	wait "$outside"
	status=$?
	eventually is_unmade && is_over=yes
} 2>/dev/null
is 'the end of the container ends the joined command' "$status" 137
is 'and nothing keeps the container' "${is_over-no}" yes
maker=''

# The PID namespace by a descriptor, its init gone.
run nsrun --join /dev/fd/8 --join /dev/fd/9 -- true
like 'a PID namespace whose init has ended' "$status $err" "^125 nsrun: step [0-9]+ of [0-9]+, clone: clone\(inside, stack, CLONE_PARENT\|CLONE_PARENT_SETTID\|SIGCHLD, NULL, &pid\): Cannot allocate memory \(ENOMEM\)"$'\n''nsrun: hint: the PID namespace of --join "/dev/fd/8" --join "/dev/fd/9" has lost its init, so nothing can be started in it$'
exec 8<&- 9<&-

# cgroups, of version 2.
cgroups=$(awk '$(NF - 2) == "cgroup2" || $(NF - 1) == "cgroup2" { print $5; exit }' /proc/self/mountinfo)
group_of() {
	sed -n 's/^0:://p' "/proc/$1/cgroup"
}
if ! is_root; then
	skip '--join-cgroup' "belongs to root's half"
elif [[ ! $cgroups ]]; then
	skip '--join-cgroup' 'no cgroup2 file system is mounted'
else
	sleep 1000 &
	target=$!
	mkdir "$cgroups/nsrun-test-$$"
	echo "$target" >"$cgroups/nsrun-test-$$/cgroup.procs"
	joins root --join "$target" --join-cgroup
	is '--join-cgroup' "$(group_of "$inside")" "$(group_of "$target")"
	like 'which is another than the caller is in' "$(group_of "$inside")" "/nsrun-test-$$\$"
	drop TERM
	run nsrun --join "$target" --join-cgroup --cgroup -- sed -n 's/^0:://p' /proc/self/cgroup
	ran 'a new cgroup namespace has it for its root' 0 / ''
	chmod 700 "$cgroups/nsrun-test-$$"
	run as_user "${launcher[@]}" --join "$target" --join-cgroup -- true
	like 'refused to an ordinary user' "$status $err" "^125 nsrun: --join: \"$target\": Permission denied"
	"${to_user[@]}" sleep 1000 &
	other=$!
	echo "$other" >"$cgroups/nsrun-test-$$/cgroup.procs"
	run as_user "${launcher[@]}" --join "$other" --join-cgroup -- true
	like 'refused to an ordinary user by the cgroup' "$status $err" "^125 nsrun: step [0-9]+ of [0-9]+, cgroup.enter: write\(\"$cgroups/nsrun-test-$$/cgroup.procs\", PID\): Permission denied \(EACCES\)"
	kill "$other"
	wait "$other"
	# shellcheck disable=SC2016
	run unshare -m --propagation private sh -c 'umount -l "$1"; shift; exec "$@"' sh "$cgroups" \
		"${launcher[@]}" --join "$target" --join-cgroup -- true
	ran 'no cgroup2' 125 '' 'nsrun: --join-cgroup: no cgroup2 file system is mounted here that shows its cgroup'
	mkdir "$cgroups/nsrun-test-$$-longer" "$T/shown"
	echo "$target" >"$cgroups/nsrun-test-$$-longer/cgroup.procs"
	# shellcheck disable=SC2016
	run unshare -m --propagation private sh -c 'mount --bind "$1/$2" "$3" && umount -l "$1"; shift 3; exec "$@"' \
		sh "$cgroups" "nsrun-test-$$" "$T/shown" "${launcher[@]}" --join "$target" --join-cgroup -- true
	ran 'one whose name begins alike' 125 '' 'nsrun: --join-cgroup: no cgroup2 file system is mounted here that shows its cgroup'
	mkdir "$T/a blank"
	# shellcheck disable=SC2016
	run unshare -m --propagation private sh -c 'mount --bind "$1" "$2" && umount -l "$1"; shift 2; exec "$@"' \
		sh "$cgroups" "$T/a blank" "${launcher[@]}" --join "$target" --join-cgroup -- sed -n 's/^0:://p' /proc/self/cgroup
	ran 'a mount point with a blank' 0 "$(group_of "$target")" ''
	kill "$target"
	wait "$target"
	rmdir "$cgroups/nsrun-test-$$" "$cgroups/nsrun-test-$$-longer"
fi

# What --save keeps; of a PID namespace that has ended nothing is kept, and a new one is made.
if is_root; then
	# In a mount namespace that is not the host's: other tests look at the mounts of that.  On one processor
	# (kernel-traps 82).
	# shellcheck disable=SC2016
	run taskset -c 0 unshare -m --propagation private sh -c 'kept=$1
		shift
		"$@" --save "$kept" --uts --net --pid --hostname kept -- true 2>/dev/null
		"$@" --join "$kept" -- hostname
		"$@" --join "$kept" --pid -- sh -c "echo \$\$; readlink /proc/self"
		"$@" --release "$kept" && echo released' sh "$T/kept" "${launcher[@]}"
	ran 'what --save kept, and with a new PID namespace and its /proc' 0 $'kept\n1\n2\nreleased' ''
else
	skip 'what --save kept' "belongs to root's half"
fi

# What ip(8) makes, in a mount namespace that is not the host's.
if ! is_root || ! has ip; then
	skip 'a file of ip netns' "belongs to root's half"
else
	# shellcheck disable=SC2016
	run unshare -m --propagation private sh -c 'mount -t tmpfs tmpfs /run && ip netns add one || exit 9
		"$@" --join /run/netns/one -- readlink /proc/self/ns/net
		stat -L -c "net:[%i]" /run/netns/one' sh "${launcher[@]}"
	is 'a file of ip netns' "$(sed -n 1p <<<"$out") $status $err" "$(sed -n 2p <<<"$out") 0 "
fi

# The default shell is one that exists inside: busybox has no bash.
if make_crun user; then
	export SHELL=/bin/bash
	# shellcheck disable=SC2016
	mapfile -t replies < <(printf '%s\n' "until sh:run:fore" 'type echo $0-$((40 + 2))' 'expect sh-42' 'type exit 3' \
		'ended exit 3' | hurry 60 "$(helper pty)" -e "${launcher[@]}" --join "$target")
	like 'the default shell is one of the joined tree' "${replies[-1]}" '^ok'
	unmake
else
	skip 'the default shell is one of the joined tree' "$(head -n 1 "$T/reason")"
	unmake
fi

finish
