# Containers of several makers, for the tests of joining, beside lib.sh.  Each runs `sleep 1000`.
#
# make WHO COMMAND...       starts a container as root or as user: $maker is the command, $target the
#                           innermost process, once that is sleep
# make_crun WHO             the same of a crun container; its reason if it cannot be had
# unmake                    ends it
# as WHO COMMAND...         as root or user; without privilege the caller is user
# view PID                  what is to be equal, as text: namespaces, maps, root directory
# joins WHO ARG...          nsrun ARG... as WHO, with `sleep 1000`, which is then $inside; $outside is nsrun
# shellcheck shell=bash disable=SC2154

maker='' target=''

as() {
	if is_root && [[ $1 == user ]]; then
		"${to_user[@]}" "${@:2}"
	else
		"${@:2}"
	fi
}

# The innermost process below $1 into $target; whether it is sleep.
is_sleeping_below() {
	local name children

	target=$1
	while children=$(<"/proc/$target/task/$target/children") && [[ $children ]]; do
		target=${children%% *}
	done
	read -r name <"/proc/$target/comm" && [[ $name == sleep ]]
} 2>/dev/null

make() {
	if is_root && [[ $1 == user ]]; then
		"${to_user[@]}" "${@:2}" 2>"$T/maker" &
	else
		"${@:2}" 2>"$T/maker" &
	fi
	maker=$!
	eventually is_sleeping_below "$maker"
}

unmake() {
	[[ $maker ]] || return
	kill -s KILL "$target" "$maker"
	wait "$maker"
	maker=''
} 2>/dev/null

# A bundle of nothing but busybox, which has no bash.
bundle() {
	local who=$1 directory=$2 options=()

	rm -rf "$directory"
	mkdir -p "$directory/rootfs/bin" "$directory/rootfs/proc" "$directory/rootfs/dev" \
		"$directory/rootfs/sys" "$directory/root"
	cp "$(command -v busybox)" "$directory/rootfs/bin/busybox"
	for name in sh sleep id cat readlink; do
		ln -s busybox "$directory/rootfs/bin/$name"
	done
	[[ $who == root ]] || options=(--rootless)
	! is_root || [[ $who == root ]] || chown -R "$NSRUN_USER" "$directory"
	(cd "$directory" && as "$who" crun spec "${options[@]}") &&
		python3 - "$directory/config.json" <<-'END'
			import json, sys
			config = json.load(open(sys.argv[1]))
			config["process"]["terminal"] = False
			config["process"]["args"] = ["/bin/sleep", "1000"]
			config["root"]["readonly"] = True
			json.dump(config, open(sys.argv[1], "w"))
		END
}

# crun refuses a machine with cgroups of both versions: it is shown the second alone.
make_crun() {
	local who=$1 words=()

	for tool in crun busybox python3; do
		has "$tool" || { echo "$tool is not installed" && return 1; }
	done >"$T/reason"
	if is_root; then
		# shellcheck disable=SC2016
		words=(unshare -m --propagation private sh -c 'umount -R /sys/fs/cgroup
			mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"' sh)
		[[ $who == root ]] || words+=("${to_user[@]}")
	elif ! [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
		echo "belongs to root's half: crun wants cgroups of version 2 alone" >"$T/reason"
		return 1
	fi
	words+=(crun --cgroup-manager=disabled "--root=$T/crun/root" run -b "$T/crun" "nsrun-$$")
	bundle "$who" "$T/crun" 2>"$T/reason" && make root "${words[@]}" && return
	cat "$T/maker" >>"$T/reason"
	return 1
}

view() {
	local kind

	for kind in mnt uts ipc net pid user cgroup time; do
		[[ ! -e /proc/self/ns/$kind ]] || echo "$kind $(readlink "/proc/$1/ns/$kind")"
	done
	echo "uid_map $(tr -s ' \n' ' ' <"/proc/$1/uid_map")"
	echo "gid_map $(tr -s ' \n' ' ' <"/proc/$1/gid_map")"
	echo "root $(stat -L -c '%d:%i' "/proc/$1/root")"
}

is_joined() {
	local name

	inside=$(<"/proc/$outside/task/$outside/children")
	inside=${inside% }
	[[ $inside && $inside != *' '* ]] && read -r name <"/proc/$inside/comm" && [[ $name == sleep ]]
} 2>/dev/null

joins() {
	local who=$1

	shift
	if is_root && [[ $who == user ]]; then
		"${to_user[@]}" "${launcher[@]}" "$@" -- sleep 1000 2>"$T/err" &
	else
		"${launcher[@]}" "$@" -- sleep 1000 2>"$T/err" &
	fi
	outside=$!
	eventually is_joined
}
