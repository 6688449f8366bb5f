#!/usr/bin/env bash
# What a command finds in its namespaces: names, loopback, /proc, directory.
. "$(dirname "$0")/../lib.sh"

user=()
is_root || user=(--user)
host=$(</proc/sys/kernel/hostname)
domain=$(</proc/sys/kernel/domainname)
show_names=(cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname)

run nsrun "${user[@]}" --uts -- "${show_names[@]}"
ran '--uts' 0 "nsrun"$'\n'"$domain" ''
run nsrun "${user[@]}" --uts --no-hostname -- "${show_names[@]}"
ran '--no-hostname' 0 "$host"$'\n'"$domain" ''
run nsrun "${user[@]}" --hostname box -- "${show_names[@]}"
ran '--hostname' 0 "box"$'\n'"$domain" ''
run nsrun "${user[@]}" --hostname one --hostname box -- uname -n
ran 'the last one counts' 0 box ''
run nsrun "${user[@]}" --hostname= -- uname -n
ran 'an empty hostname' 0 '' ''
long=$(printf '%64s' x | tr ' ' a)
run nsrun "${user[@]}" --hostname "$long" -- uname -n
ran '64 bytes' 0 "$long" ''
run nsrun "${user[@]}" --domainname example.org -- "${show_names[@]}"
ran '--domainname' 0 $'nsrun\nexample.org' ''
run nsrun "${user[@]}" --domainname= --no-hostname -- "${show_names[@]}"
ran 'an empty domainname' 0 "$host" ''
run nsrun "${every[@]}" -- uname -n
ran '--all' 0 nsrun ''
run nsrun "${user[@]}" --no-fork --hostname forkless -- uname -n
ran '--no-fork' 0 forkless ''

# A listening socket on 127.0.0.1 and one that connects to it.
# shellcheck disable=SC2016
talk=(perl -MSocket -e 'socket(L, AF_INET, SOCK_STREAM, 0) or die;
	bind(L, pack_sockaddr_in(0, INADDR_LOOPBACK)) or print("bind: $!\n"), exit;
	listen(L, 1) or die;
	socket(C, AF_INET, SOCK_STREAM, 0) or die;
	connect(C, getsockname L) or print("connect: $!\n"), exit;
	print "talks\n"')
run nsrun "${user[@]}" --net -- "${talk[@]}"
ran 'lo is up' 0 talks ''
run nsrun "${user[@]}" --net --no-fork -- "${talk[@]}"
ran 'also with --no-fork' 0 talks ''
run nsrun "${every[@]}" -- "${talk[@]}"
ran 'also with --all' 0 talks ''
run nsrun "${user[@]}" --net --no-loopback -- "${talk[@]}"
like '--no-loopback: lo is down' "$out" '^(bind: Cannot assign requested address|connect: Network is unreachable)$'
run nsrun "${user[@]}" --net -- sh -c "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '"
ran 'there is no other device' 0 lo ''

# shellcheck disable=SC2016
run nsrun "${user[@]}" --pid -- sh -c 'echo $$; readlink /proc/self; :'
ran 'the command is PID 1, its child 2' 0 $'1\n2' ''
run nsrun "${user[@]}" --pid -- sh -c 'ps -A -o pid= | tr -d " "; :'
like 'ps sees the shell and its pipeline alone' "$out" $'^1\n2(\n3)?$'
run nsrun "${user[@]}" --pid -- findmnt -n -o FSTYPE,VFS-OPTIONS /proc
like 'the new proc is nosuid, nodev and noexec' "${out##*$'\n'}" '^proc +rw,nosuid,nodev,noexec,relatime$'
# shellcheck disable=SC2016
run nsrun "${user[@]}" --pid --no-proc -- sh -c 'echo $$; test -d "/proc/$1/task" && echo host' sh $$
ran '--no-proc: the host'"'"'s /proc' 0 $'1\nhost' ''
# shellcheck disable=SC2016
run nsrun "${every[@]}" --share mnt -- sh -c 'echo $$; test -d "/proc/$1/task" && echo host' sh $$
ran '--share mnt means --no-proc too' 0 $'1\nhost' ''
# shellcheck disable=SC2016
run nsrun "${user[@]}" --pid --mount-proc -- sh -c 'echo $$; readlink /proc/self; :'
ran '--mount-proc, unshare(1)'"'"'s word' 0 $'1\n2' ''
run nsrun "${user[@]}" --cgroup -- sed -n '\,:/$,!p' /proc/self/cgroup
ran 'its cgroup is the root of all it sees' 0 '' ''

mkdir "$T/place"
run nsrun --chdir "$T/place" -- pwd -P
ran '--chdir' 0 "$T/place" ''
run nsrun "${user[@]}" --mount -w ../place -- pwd -P
ran 'a relative one' 0 "$T/place" ''
run nsrun "${user[@]}" --pid --mount -- pwd -P
ran 'the default is where the caller is' 0 "$T/cwd" ''
run nsrun --wd "$T/place" --no-fork -- pwd -P
ran 'with --no-fork' 0 "$T/place" ''
run nsrun -w "$T/nowhere" -- pwd
ran 'one that is not there' 125 '' \
	"nsrun: step 3 of 6, chdir: chdir(\"$T/nowhere\"): No such file or directory (ENOENT)"
run nsrun -w /etc/passwd -- pwd
ran 'one that is a file' 125 '' \
	'nsrun: step 3 of 6, chdir: chdir("/etc/passwd"): Not a directory (ENOTDIR)'
run nsrun -w "$T/nowhere" --no-fork -- pwd
ran 'with --no-fork too' 125 '' \
	"nsrun: step 1 of 2, chdir: chdir(\"$T/nowhere\"): No such file or directory (ENOENT)"

# Inside itself
inner=("${launcher[@]}" "${every[@]}" --)
run nsrun "${every[@]}" -- "${inner[@]}" "${inner[@]}" sh -c 'uname -n; exit 3'
ran 'three deep' 3 nsrun ''
run nsrun "${every[@]}" --user -- "${launcher[@]}" "${every[@]}" --user -- "${launcher[@]}" "${every[@]}" --user -- sh -c 'kill -9 $$; exit 4'
ran 'three deep, with user namespaces; PID 1 cannot kill itself' 4 '' ''
run nsrun "${every[@]}" --user -- "${launcher[@]}" --uts -- "${launcher[@]}" --uts -- sh -c 'kill -9 $$'
ended 'a death by signal through three: PID 1 says 128+N' 'exit 137'
run nsrun "${user[@]}" --uts -- "${launcher[@]}" --uts -- "${launcher[@]}" --uts -- sh -c 'kill -9 $$'
ended 'without PID 1 it stays a death by signal' 'signal 9'

finish
