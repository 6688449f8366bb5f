#!/usr/bin/env bash
# While nsrun joins, nobody in the joined namespaces can reach its process before the exec.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/system/containers.sh" || exit 1

cp "$(helper intrude)" "$T/intrude"
# A search of so many directories holds the joining process before its exec, long enough to be met there.
printf -v long 'a:%.0s' {1..60000}

# meets NAME RESULT SHORT-NAME [VARIABLE=VALUE] WHO ARG...: root of the container, process 1, tries to reach
# the process called SHORT-NAME that WHO joins to it
meets() {
	local name=$1 wanted=$2 victim=$3 setting=$4 who=$5 result=''

	shift 5
	# shellcheck disable=SC2016
	hold_container "$who" sh -c 'exec "$0" "$1" >"$2"' "$T/intrude" "$victim" "$T/result"
	as "$who" env "$setting" "${launcher[@]}" --join "$target" -- "$@" 2>"$T/err"
	wait "$maker"
	read_all "$T/result" result
	is "$name" "$result" "$wanted"
}

# A container of WHO with a user namespace, in which $target runs.
hold_container() {
	local who=$1

	shift
	: >"$T/result"
	chmod 666 "$T/result"
	if is_root && [[ $who == user ]]; then
		"${to_user[@]}" "${launcher[@]}" --user -uinmp -- "$@" &
	else
		"${launcher[@]}" --user -uinmp -- "$@" &
	fi
	maker=$!
	eventually is_looking
}

is_looking() {
	local name

	target=$(<"/proc/$maker/task/$maker/children")
	target=${target% }
	read -r name <"/proc/$target/comm" && [[ $name == intrude ]]
} 2>/dev/null

makers=(user)
! is_root || makers=(root user)
for who in "${makers[@]}"; do
	meets "joining as $who: out of reach before the exec" 'mem EACCES, ptrace EPERM' nsrun "PATH=$long" \
		"$who" no-such-command
	meets "joining as $who: within reach after it" 'mem yes, ptrace yes' sleep PATH=/usr/bin:/bin \
		"$who" sleep 1000
done

finish
