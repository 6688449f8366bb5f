#!/usr/bin/env bash
# --check: what may be made here, and whether a command line would start; by trying.
own_mounts=1
. "$(dirname "$0")/../lib.sh"

need strace
uid=$(id -u)
kinds=()
for kind in mnt uts ipc net pid user cgroup time; do
	[[ ! -e /proc/self/ns/$kind ]] || kinds+=("$kind")
done

# table WHO ALLOWED [KIND LINE...]: the table, where each kind is ALLOWED, but for those that are named.
table() {
	local who=$1 allowed=$2 kind line

	shift 2
	local -A special=()
	for ((; $# > 0; )); do
		special[$1]=$2
		shift 2
	done
	printf 'As %s on Linux %s:\n\nKIND    ALLOWED  WHY\n' "$who" "$(uname -r | grep -o '^[0-9]*\.[0-9]*')"
	for kind in mnt uts ipc net pid user cgroup time; do
		line=$allowed
		[[ $kind != user || $allowed != --user ]] || line=yes
		[[ -e /proc/self/ns/$kind ]] ||
			line="no       this kernel, $(uname -r), has no such namespaces: $kind"
		printf '%-7s %s\n' "$kind" "${special[$kind]:-$line}"
	done
}
if is_root; then
	who=root all=yes user=()
	as=(setpriv --bounding-set -sys_admin --inh-caps -sys_admin)
	lacking='root, who lacks CAP_SYS_ADMIN,'
else
	who="uid $uid, who lacks CAP_SYS_ADMIN," all=--user user=(--user)
	as=()
	lacking=$who
fi
run nsrun --check
ran 'alone: all kinds' 0 "$(table "$who" "$all")" ''
run "${as[@]}" "${launcher[@]}" --check
ran 'alone, without CAP_SYS_ADMIN' 0 "$(table "$lacking" --user)" ''

# Limits, in a user namespace of the test's own.
limited() {
	local kind=$1 value=$2

	shift 2
	# shellcheck disable=SC2016
	run unshare --user --map-root-user sh -c 'echo "$1" >"/proc/sys/user/max_$2_namespaces"; shift 2; exec "$@"' \
		sh "$value" "$kind" "${launcher[@]}" "$@"
}
for kind in uts user net; do
	limited "$kind" 0 --check
	ran "max_${kind}_namespaces is 0" 0 "$(table root yes "$kind" "no       no $kind namespaces are allowed:
                 /proc/sys/user/max_${kind}_namespaces is 0")

What allows it:
echo 15000 >/proc/sys/user/max_${kind}_namespaces    # as root of this user namespace" ''
done
# What is printed does.
# shellcheck disable=SC2016
run unshare --user --map-root-user sh -c '
	echo 0 >/proc/sys/user/max_uts_namespaces
	"$@" --check --uts 2>/dev/null && exit 1
	eval "$("$@" --check | sed "1,/^What allows it:/d")"
	"$@" --check --uts' sh "${launcher[@]}"
ran 'what is printed as the cure is one' 0 '' ''

# One cause for all kinds is told once.
# shellcheck disable=SC2016
run unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
	exec setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$@"' sh "${launcher[@]}" --check
refused=(mnt 'no       no user namespaces are allowed:
                 /proc/sys/user/max_user_namespaces is 0')
for kind in "${kinds[@]:1}"; do
	refused+=("$kind" 'no       as for mnt')
done
ran 'without CAP_SYS_ADMIN, and max_user_namespaces is 0' 0 \
	"$(table 'root, who lacks CAP_SYS_ADMIN,' --user "${refused[@]}")

What allows it:
echo 15000 >/proc/sys/user/max_user_namespaces    # as root of this user namespace" ''

# A filter that nothing tells the cause of.
run "$(helper deny)" sethostname 1 "${launcher[@]}" --check
ran 'under a seccomp filter' 0 "$(table "$who" "$all" uts 'no       a seccomp filter is in force here (Seccomp: 2 in
                 /proc/self/status), and may refuse this call')" ''
run "$(helper deny)" ioctl 95 "${launcher[@]}" --check
like 'under a seccomp filter that answers what no hint tells of' "$out" \
	$'\nnet     no       net\.loopback: Operation not supported \\(EOPNOTSUPP\\)\n'
run unshare --user "${launcher[@]}" --check
like 'a caller whose ids are not mapped' "$out" $'\nmnt     no       the caller\'s user id is not mapped in the present user\n                 namespace\n.*\nuser    no       as for mnt\n'

# In a chroot.
if has busybox && is_static; then
	mkdir -p "$T/cage/bin" "$T/cage/proc"
	cp "$NSRUN" "$T/cage/bin/nsrun"
	# shellcheck disable=SC2016
	run unshare --user --map-root-user --mount sh -c 'mount --rbind /proc "$1/proc"; exec chroot "$@"' sh "$T/cage" \
		/bin/nsrun "${launcher[@]:1}" --check
	# shellcheck disable=SC2016
	ran 'in a chroot' 0 "$(table root yes mnt 'no       the root directory is no mount point here (a chroot), so the
                 kernel gives no private tree; use `mount --bind DIR DIR` before
                 the chroot, or pivot_root instead of it' user 'no       the kernel makes no user namespace in a chroot; use pivot_root
                 instead of it, or leave --user out')" ''
else
	skip 'in a chroot' 'nsrun is dynamic (sanitizers), or busybox is not installed'
fi

# With options: the status and the words are those of the launch, but for a command that ends with 0.
same() {
	local words=("$@") launched

	run nsrun "${words[@]}" -- true
	launched=$err
	[[ ! -e $T/kept ]] || nsrun --release "$T/kept"
	if ((status == 0)); then
		run nsrun --check "${words[@]}"
		ran "--check ${words[*]}: would start" 0 '' ''
	else
		run nsrun --check "${words[@]}"
		ran "--check ${words[*]}: would not" 125 '' "$launched"
	fi
}
same --uts
same --user
same --user --pid
same --all
same -a --share net
same -uin "${user[@]}"
same -Up --no-proc
same -pn "${user[@]}"
same --no-fork --user
same --no-fork --uts
same --map-self --net
same --user --setgroups allow
same "${user[@]}" --hostname box --domainname d
same "${user[@]}" --monotonic 1d
same "${user[@]}" --time --pid
same --chdir /nowhere
same --chdir /
same "${user[@]}" --uts --propagation slave --mount
same "${user[@]}" --mount --chdir "$T"
same --save "$T/kept" --uts
same --save /nowhere/kept --uts
same --disable-userns --net
same --map-auto --uts
same --map-users 0:0:1
same --user --setuid 0 --setgid 0
same --user --setuid 7
same --join 999999999
hold "${user[@]}" --uts --hostname box
same --join "$inside"
same --join "$inside" --net
drop TERM
ok '--save leaves no directory' test ! -e "$T/kept"
mkdir "$T/full"
touch "$T/full/file"
same --save "$T/full" --uts

# It sets up all, and executes nothing.
run strace -f -o "$T/trace" -e trace=execve,clone,clone3,unshare,sethostname,mount "${launcher[@]}" --check "${user[@]}" -up
is '--check: status' "$status" 0
is '--check: nothing is executed but nsrun' "$(grep -c 'execve(' "$T/trace")" 1
is '--check: the steps are taken' "$(grep -o 'sethostname("nsrun"\|mount("proc"' "$T/trace" | sort -u)" $'mount("proc"\nsethostname("nsrun"'
run timeout 1 "${launcher[@]}" --check "${user[@]}" -up
is '--check waits for nothing' "$status" 0

# What a script does.
run sh -c '"$@" --check --user --net && echo can' sh "${launcher[@]}"
ran 'in a script' 0 can ''

run nsrun --check --uts -- true
ran 'with a command' 125 '' 'nsrun: --check goes with no command, but was given "true"'
run nsrun --check --explain
ran 'with --explain' 125 '' 'nsrun: --check contradicts --explain'
run nsrun --check --version
ran 'with another question' 125 '' 'nsrun: --version contradicts --check: one question at a time'
run nsrun --check --no-fork --pid
ran 'what contradicts itself' 125 '' \
	'nsrun: --no-fork contradicts --pid: a new pid namespace needs a second process'
run bash -c '"$@" >/dev/full' bash "${launcher[@]}" --check
ran 'to a full disk' 125 '' 'nsrun: standard output: No space left on device'
finish
