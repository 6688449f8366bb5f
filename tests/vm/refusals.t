#!/usr/bin/env bash
# What the machine may be told to refuse, and that each refusal shows its own hint.  It changes
# switches of the whole machine, so it runs in virtual machines alone.
. "$(dirname "$0")/../lib.sh"
need root

profiles=/sys/kernel/security/apparmor
# A time namespace, and its user namespace with it, is made by unshare(2) first.
error_line='^nsrun: step [0-9]+ of [0-9]+, (clone: clone|time\.unshare: unshare)\(.*\): '

# sysctl NAME VALUE: sets it until `restore`.
sysctl() {
	saved+=("$1" "$(<"/proc/sys/${1//.//}")")
	echo "$2" >"/proc/sys/${1//.//}"
}

restore() {
	local i

	for ((i = 0; i < ${#saved[@]}; i += 2)); do
		echo "${saved[i + 1]}" >"/proc/sys/${saved[i]//.//}"
	done
	saved=()
}

# Two lines, status 125: the step that was refused with ERRNO, and HINT.
refused() {
	local name=$1 errno=$2 hint=$3 lines=()

	mapfile -t lines <<<"$err"
	if [[ $status == 125 && -z $out && ${#lines[@]} == 2 && ${lines[0]} =~ $error_line.*\($errno\)$ &&
		${lines[1]} == "nsrun: hint: $hint" ]]; then
		pass "$name"
	else
		fail "$name" "ending: $ending" "out: ${out@Q}" "err: ${err@Q}" "wanted: $errno, ${hint@Q}"
	fi
}

# table WHO USER KIND ANSWER...: what --check prints; USER is ALLOWED of the kinds that are not named.
table() {
	local allowed=$2 kind line

	printf 'As %s on Linux %s:\n\nKIND    ALLOWED  WHY\n' "$1" "$(uname -r | grep -o '^[0-9]*\.[0-9]*')"
	shift 2
	local -A special=()
	for ((; $# > 0; )); do
		special[$1]=$2
		shift 2
	done
	for kind in mnt uts ipc net pid user cgroup time; do
		line=$allowed
		[[ $kind != user || $allowed != --user ]] || line=yes
		[[ -e /proc/self/ns/$kind ]] ||
			line="no       this kernel, $(uname -r), has no such namespaces: $kind"
		printf '%-7s %s\n' "$kind" "${special[$kind]:-$line}"
	done
}

# The same obstacle, of these lines, for all kinds.
table_of_one() {
	local kind all=(mnt "no       $1")

	for kind in uts ipc net pid user cgroup time; do
		[[ ! -e /proc/self/ns/$kind ]] || all+=("$kind" 'no       as for mnt')
	done
	table "$lacking" --user "${all[@]}"
	printf '\nWhat allows it:\n%s\n' "$2"
}
lacking="uid $(id -u "$NSRUN_USER"), who lacks CAP_SYS_ADMIN,"

# foretold NAME COMMAND...: --check answers with the words of the launch, which is in $err.
foretold() {
	local name=$1 told=$err

	shift
	run "$@"
	ran "$name: --check says so" 125 '' "$told"
}

user=(setpriv --reuid "$NSRUN_USER" --regid "$NSRUN_USER" --clear-groups --)

run_as_user() {
	run "${user[@]}" "${launcher[@]}" "$@"
}

run_denied() {
	run "${user[@]}" bash -c 'echo "exec nsrun-denied" >/proc/self/attr/exec && exec "$@"' - \
		"${launcher[@]}" "$@"
}

userns_clone() {
	local hint='kernel.unprivileged_userns_clone is 0: only root may make user namespaces here'

	if [[ ! -e /proc/sys/kernel/unprivileged_userns_clone ]]; then
		skip 'unprivileged_userns_clone=0' "$(uname -r) has no kernel.unprivileged_userns_clone"
		return
	fi
	sysctl kernel.unprivileged_userns_clone 0
	run_as_user --user -- true
	refused 'unprivileged_userns_clone=0: --user' EPERM "$hint"
	foretold 'unprivileged_userns_clone=0: --user' "${user[@]}" "${launcher[@]}" --check --user
	run_as_user --check
	ran 'unprivileged_userns_clone=0: the table of --check' 0 "$(table_of_one \
		$'kernel.unprivileged_userns_clone is 0: only root may make user\n                 namespaces here' \
		'sudo sysctl kernel.unprivileged_userns_clone=1')" ''
	run nsrun --check
	ran 'unprivileged_userns_clone=0: the table for root' 0 "$(table root yes)" ''
	run_as_user "${every[@]}" -- true
	refused 'unprivileged_userns_clone=0: --all' EPERM "$hint"
	run_as_user --explain --user -- true
	is 'unprivileged_userns_clone=0: --explain foresees it' "$status $err" "0 nsrun: hint: $hint"
	run nsrun --user -- true
	ran 'unprivileged_userns_clone=0: root may' 0 '' ''
	restore
	run_as_user --user -- true
	ran 'unprivileged_userns_clone=1: an ordinary user may' 0 '' ''
}

# limit KIND SYSCTL OPTION...: none of a kind is allowed, to root and to the ordinary user.
limit() {
	local kind=$1 file=$2 hint

	shift 2
	hint="no $kind namespaces are allowed: /proc/sys/user/$file is 0"
	sysctl "user.$file" 0
	run nsrun "$@" -- true
	refused "$file=0: root, $*" ENOSPC "$hint"
	run nsrun "${every[@]}" -- true
	if [[ $kind == user ]]; then
		ran "$file=0: root, --all" 0 '' ''
	else
		refused "$file=0: root, --all" ENOSPC "$hint"
	fi
	run_as_user --user "$@" -- true
	refused "$file=0: user, --user $*" ENOSPC "$hint"
	run_as_user "${every[@]}" -- true
	refused "$file=0: user, --all" ENOSPC "$hint"
	foretold "$file=0: user, --all" "${user[@]}" "${launcher[@]}" --check "${every[@]}"
	run nsrun --check
	ran "$file=0: the table of --check for root" 0 "$(table root yes "$kind" \
		"no       no $kind namespaces are allowed:"$'\n'"                 /proc/sys/user/$file is 0")

What allows it:
sudo sysctl user.$file=15000" ''
	if [[ $kind == user ]]; then
		run_as_user --check
		ran "$file=0: the table of --check" 0 "$(table_of_one \
			$'no user namespaces are allowed:\n                 /proc/sys/user/max_user_namespaces is 0' \
			"sudo sysctl user.$file=15000")" ''
	fi
	run_as_user --explain --user "$@" -- true
	is "$file=0: --explain foresees it" "$status $err" "0 nsrun: hint: $hint"
	restore
}

apparmor() {
	local hint='AppArmor confines this process by the profile nsrun-denied (enforce)'

	if [[ ! -e $profiles/.replace ]]; then
		skip 'an AppArmor profile without capabilities' "$(uname -r) has no AppArmor"
		return
	fi
	if [[ ! -s /nsrun/denied ]]; then
		skip 'an AppArmor profile without capabilities' 'apparmor_parser was not installed to compile it'
		return
	fi
	if ! cat /nsrun/denied >"$profiles/.replace"; then
		fail 'the AppArmor profile is loaded'
		return
	fi
	run_denied -- cat /proc/self/attr/current
	is 'the profile is in force' "$out" 'nsrun-denied (enforce)'
	run_denied --user --uts -- true
	refused 'AppArmor: --user --uts' EPERM "$hint"
	foretold 'AppArmor: --user --uts' "${user[@]}" bash -c 'echo "exec nsrun-denied" >/proc/self/attr/exec && exec "$@"' - \
		"${launcher[@]}" --check --user --uts
	run_denied --check
	ran 'AppArmor: the table of --check' 0 "$(table_of_one \
		$'AppArmor confines this process by the profile nsrun-denied\n                 (enforce)' \
		$'# in the profile nsrun-denied, which confines this process:\n  userns,\n  capability,\n  mount,')" ''
	run_denied "${every[@]}" -- true
	refused 'AppArmor: --all' EPERM "$hint"
	error_line='^nsrun: step [0-9]+ of [0-9]+, user\.setgroups: '
	run_denied --user -- true
	refused 'AppArmor: --user alone, at the id maps' EACCES "$hint"
	run_denied -- true
	ran 'AppArmor: no namespace at all' 0 '' ''
}

saved=()
trap 'restore; cd /; rm -rf "$T"' EXIT
userns_clone
limit user max_user_namespaces --user
limit mnt max_mnt_namespaces --mount
limit uts max_uts_namespaces --uts
limit ipc max_ipc_namespaces --ipc
limit net max_net_namespaces --net
limit pid max_pid_namespaces --pid
limit cgroup max_cgroup_namespaces --cgroup
apparmor
finish
