#!/usr/bin/env bash
# The exercises of man/nsrun-lab.7: every command of the page is run, and what it prints is what the
# page says.
#
# Numbers that differ from machine to machine stand for each other: of namespaces, and of processes
# (47NN on the page).  Within an exercise the same number on the page is the same number here, and
# different ones differ.
own_mounts=1
. "$(dirname "$0")/../lib.sh"
. "$here/tests/console.sh"

need bash busybox ip ps unshare findmnt ipcmk
[[ -d /mnt ]] || skip_all 'there is no directory /mnt'

as=()
if is_root; then
	as=(as_user)
fi
refusal=$("${as[@]}" "$NSRUN" --user -- true 2>&1 | head -1)

# The page as it would be here: what is known beforehand.
expected() {
	local text=$1

	text=${text//1000/$("${as[@]}" id -u)}
	text=${text//student/$("${as[@]}" id -un)}
	[[ $text != laptop ]] || text=$(hostname)
	[[ -e /proc/self/ns/time ]] || text=${text/ cgroup time./ cgroup.}
	squeeze "$text"
}

squeeze() {
	sed -E 's/[[:space:]]+/ /g; s/ $//; s/^ //; s/0x[0-9a-f]{8}/0xKEY/
		s/on Linux [0-9]+\.[0-9]+/on Linux N/
		s/"0 [0-9]+ 1", [0-9]+/"0 N 1", N/' <<<"$1"
}

declare -A here_is page_is
is_same_number() {
	: "${here_is[$1]:=$2}" "${page_is[$2]:=$1}"
	[[ ${here_is[$1]} == "$2" && ${page_is[$2]} == "$1" ]]
}

# is_as_on_page PAGE HERE
is_as_on_page() {
	local page=$1 here=$2 before number

	while [[ $page =~ 402653[0-9]{4}|47[0-9]{2} ]]; do
		number=${BASH_REMATCH[0]}
		before=${page%%"$number"*}
		[[ $here == "$before"* && ${here#"$before"} =~ ^[0-9]+ ]] || return 1
		is_same_number "$number" "${BASH_REMATCH[0]}" || return 1
		page=${page#"$before$number"}
		here=${here#"$before${BASH_REMATCH[0]}"}
	done
	[[ $page == "$here" ]]
}

# obstacle TITLE COMMAND: why it cannot be run here, or nothing.
obstacle() {
	if [[ $owner == root ]] && ! is_root; then
		echo "belongs to root's half"
	elif [[ $owner == user && $refusal ]]; then
		echo "no user namespace for an ordinary user here: $refusal"
	elif [[ $1 == *': 4. net'* && $no_cable ]]; then
		echo "no veth devices here: $no_cable"
	elif [[ $1 == *': 7. cgroup'* && $owner == root && $no_tree ]]; then
		echo "no cgroup tree of version 2 here: $no_tree"
	elif [[ ($1 == *': 8. time'* || $1 == *'BY HAND'* || $2 == *' --all '*) && ! -e /proc/self/ns/time ]]; then
		echo 'this kernel has no time namespaces'
	elif [[ $1 == *': 2. pid'* && $2 =~ (' 600 &'|pgrep|^kill) ]] && ! can_judge; then
		echo 'this kernel does not tell what a PID 1 does with a signal'
	elif [[ $2 == *'/etc/hostname'* && $(cat /etc/hostname 2>&1) != "$(hostname)" ]]; then
		echo '/etc/hostname is not the hostname here'
	fi
}

# Where systemd has mounted version 1 of the cgroups: as the page has it, for this test alone.
no_tree='' tree=''
make_tree() {
	is_root && [[ ! -e /sys/fs/cgroup/cgroup.procs ]] || return 0
	no_tree=$(mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>&1) && tree=/sys/fs/cgroup
}

no_cable=$("${as[@]}" "$NSRUN" --user --net -- ip link add type veth 2>&1)
make_tree
read_page "$here/man/nsrun-lab.7"
open_terminals
story=''
for i in "${!commands[@]}"; do
	title=${titles[i]#EXERCISES: }
	# The exercises are independent of each other; the last chapter is one.
	[[ $title != *'BY HAND'* ]] || title=${title%%:*}
	if [[ $title != "$story" ]]; then
		story=$title
		here_is=() page_is=()
	fi
	turn_to "${prompts[i]}" "${commands[i]}"
	reason=$(obstacle "${titles[i]}" "${commands[i]}")
	if [[ $reason ]]; then
		skip "$story: ${commands[i]}" "$reason"
		continue
	fi
	enter "${commands[i]}"
	wanted=$(expected "${outputs[i]%$'\n'}")
	got=$(squeeze "$got")
	if is_as_on_page "$wanted" "$got"; then
		pass "$story: ${commands[i]}"
	else
		fail "$story: ${commands[i]}" 'the page says:' "$wanted" 'and here is:' "$got"
	fi
done
close_terminals
[[ -z $tree ]] || umount -l "$tree"
finish
