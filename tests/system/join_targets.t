#!/usr/bin/env bash
# --join: what may be named, what comes along, what is refused and in which words.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/system/containers.sh" || exit 1

uid=$(id -u)
own=()
is_root || own=(--user)
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
refused '--net takes no value, but was given "/run/x"; --join FILE enters what is there' --net=/run/x -- true
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
coproc zombie { exec python3 -c 'import os, sys
pid = os.fork()
if pid == 0:
    os._exit(0)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
print(pid, flush=True)
sys.stdin.read()'; }
# shellcheck disable=SC2154
read -r -u "${zombie[0]}" dead
refused "--join: \"$dead\": that process has ended, and is in no namespaces any more" --join "$dead" -- true
zombie_process=$zombie_PID
eval "exec ${zombie[1]}>&-"
wait "$zombie_process"
coproc threads { exec python3 -c 'import threading, sys
def run():
    print(threading.get_native_id(), flush=True)
    sys.stdin.read()
threading.Thread(target=run).start()'; }
# shellcheck disable=SC2154
read -r -u "${threads[0]}" thread
# shellcheck disable=SC2154
refused "--join: \"$thread\": a thread of process $threads_PID; name that" --join "$thread" -- true
threads_process=$threads_PID
eval "exec ${threads[1]}>&-"
wait "$threads_process"

# The PID namespace by a descriptor, its init gone.
exec 8<"/proc/$target/ns/pid" 9<"/proc/$target/ns/user"
unmake
run nsrun --join /dev/fd/8 --join /dev/fd/9 -- true
like 'a PID namespace whose init has ended' "$status $err" "^125 nsrun: step [0-9]+ of [0-9]+, clone: clone\(inside, stack, CLONE_PARENT\|CLONE_PARENT_SETTID\|SIGCHLD, NULL, &pid\): Cannot allocate memory \(ENOMEM\)"$'\n''nsrun: hint: the PID namespace of --join "/dev/fd/8" --join "/dev/fd/9" has lost its init, so nothing can be started in it$'
exec 8<&- 9<&-

finish
