#!/usr/bin/env bash
# In a chroot, and in containers whose /proc is masked: it works, or says why not and what helps.
. "$(dirname "$0")/../lib.sh"

eperm='Operation not permitted (EPERM)'
share='CLONE_VM|CLONE_VFORK|'
[[ $NSRUN_LAUNCH == share ]] || share=

if is_root; then
	own=(unshare --mount --propagation private)
else
	own=(unshare --user --map-root-user --mount --propagation private)
fi

# A small tree: nsrun, which is static, a static shell, and /proc.
cage=$T/cage
mkdir -p "$cage/bin" "$cage/proc"
cp "$NSRUN" "$cage/bin/nsrun"
if has busybox && is_static; then
	busybox=$(command -v busybox)
	cp "$busybox" "$cage/bin/sh"
	caged=(/bin/nsrun "${launcher[@]:1}")
	why=
else
	why='nsrun is dynamic (sanitizers), or busybox is not installed'
fi

# in_cage BIND OPTION...: in a chroot; with BIND=bind its root is a mount point.
in_cage() {
	local bind=$1

	shift
	# shellcheck disable=SC2016
	run "${own[@]}" sh -c '
		[ "$1" != bind ] || mount --bind "$2" "$2"
		[ ! -d "$2/proc" ] || mount --rbind /proc "$2/proc"
		tree=$2; shift 2
		exec chroot "$tree" "$@"' sh "$bind" "$cage" "${caged[@]}" "$@" -- /bin/sh -c 'echo $0 ran; exit 3'
}

# try NAME BIND STATUS OUT ERR OPTION...
try() {
	local name=$1 bind=$2 wanted=("$3" "$4" "$5")

	shift 5
	if [[ -n $why ]]; then
		skip "$name" "$why"
		return
	fi
	in_cage "$bind" "$@"
	ran "$name" "${wanted[@]}"
}

# shellcheck disable=SC2016
no_tree='nsrun: hint: the root directory is no mount point here (a chroot), so the kernel gives no private tree; use `mount --bind DIR DIR` before the chroot, or pivot_root instead of it'
private='mount.private: mount(NULL, "/", NULL, MS_REC|MS_PRIVATE, NULL): Invalid argument (EINVAL)'
no_user='nsrun: hint: the kernel makes no user namespace in a chroot; use pivot_root instead of it, or leave --user out'
try 'in a chroot' no 3 '/bin/sh ran' ''
try 'in a chroot: --uts' no 3 '/bin/sh ran' '' --uts
try 'in a chroot: --net --ipc' no 3 '/bin/sh ran' '' --net --ipc
try 'in a chroot: --pid --no-proc' no 3 '/bin/sh ran' '' --pid --no-proc
try 'in a chroot: --mount' no 125 '' "nsrun: step 3 of 6, $private"$'\n'"$no_tree" --mount
try 'in a chroot: --pid' no 125 '' "nsrun: step 3 of 7, $private"$'\n'"$no_tree" --pid
try 'in a chroot: --mount --propagation unchanged' no 3 '/bin/sh ran' '' --mount --propagation unchanged
try 'in a chroot: --user' no 125 '' \
	"nsrun: step 1 of 8, clone: clone(inside, stack, CLONE_NEWUSER|${share}CLONE_PARENT_SETTID|SIGCHLD, NULL, &pid): $eperm"$'\n'"$no_user" \
	--user
try 'in a chroot: --no-fork --user' no 125 '' \
	"nsrun: step 1 of 5, unshare: unshare(CLONE_NEWUSER): $eperm"$'\n'"$no_user" --no-fork --user
try 'in a chroot on a mount point: --mount' bind 3 '/bin/sh ran' '' --mount
try 'in a chroot on a mount point: --pid' bind 3 '/bin/sh ran' '' --pid
[[ -n $why ]] || rmdir "$cage/proc"
bare='mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL): No such file or directory (ENOENT)'
try 'in a chroot without /proc: --pid' bind 125 '' \
	"nsrun: step 4 of 7, mount.proc: $bare"$'\n''nsrun: hint: there is no directory /proc here; use --no-proc' --pid
try 'in a chroot without /proc: --pid --no-proc' bind 3 '/bin/sh ran' '' --pid --no-proc
[[ -n $why ]] || mkdir "$cage/proc"
# That it is a chroot cannot be seen there; the cure is named all the same.
if [[ -z $why ]]; then
	in_cage bind --user
	like 'in a chroot on a mount point: --user' "$status $err" \
		'^125 nsrun: step 1 of 8, clone: .*: Operation not permitted \(EPERM\)
nsrun: hint: .*chroot.*pivot_root'
else
	skip 'in a chroot on a mount point: --user' "$why"
fi

# masked COMMANDS OPTION...: where the shell commands have covered parts of /proc.
masked() {
	local commands=$1

	shift
	run "${own[@]}" sh -c "$commands"'
		exec "$@"' sh "${launcher[@]}" "$@" -- sh -c 'exit 3'
}
proc='mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)'
masked 'mount -t tmpfs none /proc/sys' --user --pid
ran 'one mount over /proc' 125 '' "nsrun: step 7 of 10, mount.proc: $proc: $eperm
nsrun: hint: /proc/sys is covered by another mount, so the kernel refuses a new proc here; use --no-proc"
masked 'mount --bind /dev/null /proc/version; mount -t tmpfs none /proc/sys' --user --pid
ran 'two mounts over /proc' 125 '' "nsrun: step 7 of 10, mount.proc: $proc: $eperm
nsrun: hint: /proc/version, /proc/sys are covered by another mount, so the kernel refuses a new proc here; use --no-proc"
masked 'mount -t tmpfs none /proc/sys' --user --pid --no-proc
ran 'the cure: --no-proc' 3 '' ''
masked 'mount -t tmpfs none /proc/sys' --user --uts
ran 'what needs no proc is no matter' 3 '' ''
masked 'mount -t tmpfs none /proc/sys' --user --pid --explain
is '--explain foresees it' "$status $err" \
	'0 nsrun: hint: /proc/sys is covered by another mount, so the kernel refuses a new proc here; use --no-proc'
if is_root; then
	masked 'mount -t tmpfs none /proc/sys' --pid
	ran 'without a user namespace the kernel does not mind' 3 '' ''
fi
masked 'mount -t tmpfs none /proc' --pid --user
if is_static; then
	ran 'a /proc that is none' 125 '' \
		"nsrun: step 3 of 10, user.setgroups: write(\"/proc/self/setgroups\", \"deny\", 4): No such file or directory (ENOENT)
nsrun: hint: no proc is mounted at /proc, and setgroups is written there"
else
	skip 'a /proc that is none' 'nsrun is dynamic (sanitizers), and they want a /proc'
fi
masked 'mount -o remount,ro,bind /proc' --pid --user
ran 'a read-only /proc' 125 '' \
	"nsrun: step 3 of 10, user.setgroups: write(\"/proc/self/setgroups\", \"deny\", 4): Read-only file system (EROFS)
nsrun: hint: /proc is mounted read-only, and setgroups is written there"
# In a user namespace within, which no map was written for, but with all capabilities.
within='exec unshare --user --mount --keep-caps "$@"'
run unshare --user --map-root-user --mount sh -c "mount -o remount,ro,bind /proc; $within" sh \
	"${launcher[@]}" --pid -- true
ran 'a read-only /proc, seen by a nested user namespace' 125 '' "nsrun: step 4 of 7, mount.proc: $proc: $eperm
nsrun: hint: /proc is mounted read-only, so the kernel refuses a new proc here; use --no-proc"

# A mount namespace as full as the kernel lets it be, by doubling.
if is_root; then
	mkdir "$T/full"
	# shellcheck disable=SC2016
	run "${own[@]}" sh -c '
		mount -t tmpfs none "$0"
		cd "$0"
		mkdir x d0
		mount --bind d0 d0
		for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
			mkdir "d$n"
			mount --bind "d$n" "d$n"
			mkdir "d$n/a" "d$n/b"
			mount --rbind "d$((n - 1))" "d$n/a"
			mount --rbind "d$((n - 1))" "d$n/b"
		done 2>/dev/null
		for n in 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0; do
			mkdir "x/$n" "x/-$n"
			mount --rbind "d$n" "x/$n"
			mount --rbind "d$n" "x/-$n"
		done 2>/dev/null
		exec "$@"' "$T/full" "${launcher[@]}" --pid -- true
	is 'the limit of mounts' "$status ${err%%$'\n'*}" \
		"125 nsrun: step 4 of 7, mount.proc: $proc: No space left on device (ENOSPC)"
	like 'the limit of mounts: its hint' "${err#*$'\n'}" '^nsrun: hint: .*fs\.mount-max is [0-9]+$'
fi

# bubblewrap covers parts of the /proc that it makes, for root more than for others.
if has bwrap; then
	box=(bwrap --unshare-all --bind / / --proc /proc --dev /dev)
	run "${box[@]}" "${launcher[@]}" --user --pid -- sh -c 'exit 3'
	like 'in bwrap: --user --pid works or says what is covered' "$status $err" \
		'^3 $|^125 nsrun: step 7 of 10, mount.proc: .*
nsrun: hint: /proc/.* (is|are) covered by another mount, so the kernel refuses a new proc here; use --no-proc$'
	run "${box[@]}" "${launcher[@]}" --user --pid --no-proc -- sh -c 'exit 3'
	ran 'in bwrap: --no-proc' 3 '' ''
	run "${box[@]}" "${launcher[@]}" "${every[@]}" --no-proc -- sh -c 'uname -n; exit 3'
	ran 'in bwrap: --all --no-proc' 3 nsrun ''
else
	for name in '--user --pid works or says what is covered' --no-proc '--all --no-proc'; do
		skip "in bwrap: $name" 'bwrap is not installed'
	done
fi

finish
