#!/usr/bin/env bash
# Hints, each with its real cause, word for word.
. "$(dirname "$0")/../lib.sh"

declare -A option=([mnt]=--mount [uts]=--uts [ipc]=--ipc [net]=--net [pid]='--pid --no-proc' [user]=--user
	[cgroup]=--cgroup)
declare -A flag=([mnt]=NEWNS [uts]=NEWUTS [ipc]=NEWIPC [net]=NEWNET [pid]=NEWPID [user]=NEWUSER
	[cgroup]=NEWCGROUP)
eperm='Operation not permitted (EPERM)'
enospc='No space left on device (ENOSPC)'

# What the two launches show differently in the call of step 1.
share='CLONE_VM|CLONE_VFORK|'
[[ $NSRUN_LAUNCH == share ]] || share=
clone() {
	echo "clone(inside, stack, $1|${share}CLONE_PARENT_SETTID|SIGCHLD, NULL, &pid)"
}

# No CAP_SYS_ADMIN.
if is_root; then
	as=(setpriv --bounding-set -sys_admin --inh-caps -sys_admin)
else
	as=()
fi
uid=$(id -u)
for kind in mnt uts ipc net pid cgroup; do
	read -r -a words <<<"${option[$kind]}"
	run "${as[@]}" "${launcher[@]}" "${words[@]}" -- true
	like "no CAP_SYS_ADMIN: $kind" "$status $err" "^125 nsrun: step 1 of [0-9]+, clone: $(
		clone "CLONE_${flag[$kind]}" | sed 's/[()|]/\\&/g'): Operation not permitted \(EPERM\)
nsrun: hint: CAP_SYS_ADMIN is needed for new namespaces \($kind\), and uid $uid lacks it; --user gives it in a new user namespace\$"
done
run "${as[@]}" "${launcher[@]}" --uts --net -- true
ran 'no CAP_SYS_ADMIN: two kinds' 125 '' \
	"nsrun: step 1 of 7, clone: $(clone 'CLONE_NEWUTS|CLONE_NEWNET'): $eperm
nsrun: hint: CAP_SYS_ADMIN is needed for new namespaces (uts net), and uid $uid lacks it; --user gives it in a new user namespace"
run "${as[@]}" "${launcher[@]}" --no-fork --uts --net -- true
ran 'no CAP_SYS_ADMIN: --no-fork' 125 '' \
	"nsrun: step 1 of 4, unshare: unshare(CLONE_NEWUTS|CLONE_NEWNET): $eperm
nsrun: hint: CAP_SYS_ADMIN is needed for new namespaces (uts net), and uid $uid lacks it; --user gives it in a new user namespace"
run "${as[@]}" "${launcher[@]}" --explain --uts -- true
is 'no CAP_SYS_ADMIN: --explain says so, with status 0' "$status $err" \
	"0 nsrun: hint: CAP_SYS_ADMIN is needed for new namespaces (uts), and uid $uid lacks it; --user gives it in a new user namespace"
run "${as[@]}" "${launcher[@]}" "${every[@]}" -- true
ran '--all takes user then' 0 '' ''

# The limits, in a user namespace of the test's own.
limited() {
	local kind=$1 value=$2

	shift 2
	# shellcheck disable=SC2016
	run unshare --user --map-root-user sh -c 'echo "$1" >"/proc/sys/user/max_$2_namespaces"; shift 2; exec "$@"' \
		sh "$value" "$kind" "${launcher[@]}" "$@" -- true
}
for kind in mnt uts ipc net pid user cgroup; do
	read -r -a words <<<"${option[$kind]}"
	limited "$kind" 0 "${words[@]}"
	is "max_${kind}_namespaces is 0" "$status ${err##*: hint: }" \
		"125 no $kind namespaces are allowed: /proc/sys/user/max_${kind}_namespaces is 0"
	like "max_${kind}_namespaces: the error" "${err%%$'\n'*}" \
		"^nsrun: step 1 of [0-9]+, clone: .*: No space left on device \(ENOSPC\)\$"
	limited "$kind" 0 "${every[@]}" --user
	is "max_${kind}_namespaces is 0, among all" "$status ${err##*: hint: }" \
		"125 no $kind namespaces are allowed: /proc/sys/user/max_${kind}_namespaces is 0"
done
limited uts 0 --uts --net
ran 'a limit, whole' 125 '' "nsrun: step 1 of 7, clone: $(clone 'CLONE_NEWUTS|CLONE_NEWNET'): $enospc
nsrun: hint: no uts namespaces are allowed: /proc/sys/user/max_uts_namespaces is 0"
limited net 0 --no-fork --uts --net
ran 'a limit, with --no-fork' 125 '' "nsrun: step 1 of 4, unshare: unshare(CLONE_NEWUTS|CLONE_NEWNET): $enospc
nsrun: hint: no net namespaces are allowed: /proc/sys/user/max_net_namespaces is 0"
limited uts 0 --explain --uts
is 'a limit, foreseen by --explain' "$status $err" \
	'0 nsrun: hint: no uts namespaces are allowed: /proc/sys/user/max_uts_namespaces is 0'
# One is allowed, and the first nsrun has it.
# shellcheck disable=SC2016
run unshare --user --map-root-user sh -c 'echo 1 >/proc/sys/user/max_uts_namespaces; exec "$@"' \
	sh "${launcher[@]}" --uts -- "${launcher[@]}" --uts -- true
ran 'a limit that is reached' 125 '' "nsrun: step 1 of 6, clone: $(clone CLONE_NEWUTS): $enospc
nsrun: hint: a limit on uts namespaces is reached: /proc/sys/user/max_uts_namespaces is 1 for uid 0, and a user namespace further out may set less"

# Seccomp, which nobody but /proc/self/status tells of.
seccomp='nsrun: hint: a seccomp filter is in force here (Seccomp: 2 in /proc/self/status), and may refuse this call'
deny=$(helper deny)
user=()
is_root || user=(--user)
if is_root; then
	run "$deny" clone 1 "${launcher[@]}" --uts -- true
	ran 'seccomp: clone' 125 '' "nsrun: step 1 of 6, clone: $(clone CLONE_NEWUTS): $eperm"$'\n'"$seccomp"
	run "$deny" sethostname 1 "${launcher[@]}" --uts -- true
	ran 'seccomp: sethostname' 125 '' "nsrun: step 3 of 6, uts.hostname: sethostname(\"nsrun\", 5): $eperm"$'\n'"$seccomp"
	run "$deny" setdomainname 38 "${launcher[@]}" --domainname d --no-hostname -- true
	ran 'seccomp: setdomainname, ENOSYS' 125 '' \
		"nsrun: step 3 of 6, uts.domainname: setdomainname(\"d\", 1): Function not implemented (ENOSYS)"$'\n'"$seccomp"
	run "$deny" mount 1 "${launcher[@]}" --mount -- true
	ran 'seccomp: mount' 125 '' \
		"nsrun: step 3 of 6, mount.private: mount(NULL, \"/\", NULL, MS_REC|MS_PRIVATE, NULL): $eperm"$'\n'"$seccomp"
	run "$deny" ioctl 1 "${launcher[@]}" --net -- true
	ran 'seccomp: ioctl' 125 '' "nsrun: step 3 of 6, net.loopback: ioctl(fd, SIOCSIFFLAGS, {\"lo\", IFF_UP}): $eperm"$'\n'"$seccomp"
else
	run "$deny" clone 1 "${launcher[@]}" --user -- true
	ran 'seccomp: clone' 125 '' "nsrun: step 1 of 8, clone: $(clone CLONE_NEWUSER): $eperm"$'\n'"$seccomp"
	run "$deny" sethostname 1 "${launcher[@]}" --user --uts -- true
	ran 'seccomp: sethostname' 125 '' "nsrun: step 6 of 9, uts.hostname: sethostname(\"nsrun\", 5): $eperm"$'\n'"$seccomp"
	run "$deny" setdomainname 38 "${launcher[@]}" --user --domainname d --no-hostname -- true
	ran 'seccomp: setdomainname, ENOSYS' 125 '' \
		"nsrun: step 6 of 9, uts.domainname: setdomainname(\"d\", 1): Function not implemented (ENOSYS)"$'\n'"$seccomp"
	run "$deny" mount 1 "${launcher[@]}" --user --mount -- true
	ran 'seccomp: mount' 125 '' \
		"nsrun: step 6 of 9, mount.private: mount(NULL, \"/\", NULL, MS_REC|MS_PRIVATE, NULL): $eperm"$'\n'"$seccomp"
	run "$deny" ioctl 1 "${launcher[@]}" --user --net -- true
	ran 'seccomp: ioctl' 125 '' "nsrun: step 6 of 9, net.loopback: ioctl(fd, SIOCSIFFLAGS, {\"lo\", IFF_UP}): $eperm"$'\n'"$seccomp"
fi
run "$deny" unshare 1 "${launcher[@]}" --no-fork --user -- true
ran 'seccomp: unshare' 125 '' "nsrun: step 1 of 5, unshare: unshare(CLONE_NEWUSER): $eperm"$'\n'"$seccomp"
run "$deny" chdir 1 "${launcher[@]}" --chdir / -- true
ran 'seccomp: chdir' 125 '' 'nsrun: step 3 of 6, chdir: chdir("/"): Operation not permitted (EPERM)'$'\n'"$seccomp"
run "$deny" chdir 13 "${launcher[@]}" --chdir / -- true
ran 'what an ordinary file may answer too is not put down to seccomp' 125 '' \
	'nsrun: step 3 of 6, chdir: chdir("/"): Permission denied (EACCES)'
run "$deny" pidfd_open 38 "${launcher[@]}" -- true
ran 'before step 1' 125 '' 'nsrun: before step 1: pidfd_open: Function not implemented (ENOSYS)'$'\n'"$seccomp"
run "$deny" sethostname 1 "${launcher[@]}" "${user[@]}" --ipc -- sh -c 'exit 3'
ran 'a filter that nothing meets is no matter' 3 '' ''

# The limit of processes, which root does not have.
if is_root; then
	run as_user prlimit --nproc=0 "${launcher[@]}" -- true
else
	run prlimit --nproc=0 "${launcher[@]}" -- true
fi
like 'the limit of processes' "$status $err" \
	'^125 nsrun: step 1 of 5, clone: .*: Resource temporarily unavailable \(EAGAIN\)
nsrun: hint: uid [0-9]+ may have 0 processes \(ulimit -u\)$'

# A namespace for children whose init is gone (kernel-traps 12).
# shellcheck disable=SC2016
run unshare --user --map-root-user --pid sh -c '/bin/true; exec "$@"' sh "${launcher[@]}" --uts -- true
ran 'a PID namespace without init' 125 '' "nsrun: step 1 of 6, clone: $(clone CLONE_NEWUTS): Cannot allocate memory (ENOMEM)
nsrun: hint: the PID namespace for children of this process has lost its init, so nothing can be started in it"

# An id that is mapped to nothing.
run unshare --user "${launcher[@]}" --user -- true
ran 'a caller whose ids are not mapped' 125 '' "nsrun: step 1 of 8, clone: $(clone CLONE_NEWUSER): $eperm
nsrun: hint: the caller's user id is not mapped in the present user namespace"

run unshare --user --map-user=0 "${launcher[@]}" --user -- true
ran 'a caller whose group is not mapped' 125 '' "nsrun: step 1 of 8, clone: $(clone CLONE_NEWUSER): $eperm
nsrun: hint: the caller's group id is not mapped in the present user namespace"

# Too deep.
deep=()
for _ in {1..34}; do
	deep+=("${launcher[@]}" --user --)
done
run "${deep[@]}" true
like 'user namespaces nest 32 deep' "$status $err" '^125 nsrun: step 1 of 8, clone: .*: No space left on device \(ENOSPC\)
nsrun: hint: a limit on user namespaces is reached: /proc/sys/user/max_user_namespaces is [0-9]+ for uid 0, and they nest 32 deep at most$'

finish
