#!/usr/bin/env bash
# It refuses privilege that the caller has not; it makes no descriptor that could leak.
. "$(dirname "$0")/../lib.sh"

refusal='nsrun: refuses to run set-user-ID, set-group-ID or with file capabilities'
if is_root; then
	copy=$T/privileged
	# refused NAME WORD...
	refused() {
		local name=$1

		shift
		run as_user "$copy" "$@"
		# The kernel takes their settings from the sanitizers, too.
		if is_static; then
			ran "$name" 125 '' "$refusal"
		else
			is "$name" "${err%%$'\n'*}" "$refusal"
		fi
	}
	cp "$NSRUN" "$copy"
	chmod 4755 "$copy"
	for words in '--uts -- true' '--help' '--version' '--explain -- true' '--nonsense' ''; do
		read -r -a how <<<"$words"
		refused "set-user-ID: $words" "${how[@]}"
	done
	chmod 755 "$copy"
	chgrp daemon "$copy"
	chmod 2755 "$copy"
	refused 'set-group-ID' --uts -- true
	chmod 755 "$copy"
	if has setcap && setcap cap_sys_admin+ep "$copy" 2>/dev/null; then
		refused 'file capabilities' --uts -- true
		setcap -r "$copy"
	else
		skip 'file capabilities' 'setcap is not installed, or this file system has none'
	fi
	run as_user "$copy" --version
	like 'a plain copy runs' "$status $out" '^0 nsrun '
fi

# Every descriptor is close-on-exec from birth.
user=()
is_root || user=(--user)
why=
has strace || why='strace is not installed'
is_static || why='nsrun is dynamic (sanitizers)'
opening=open,openat,openat2,socket,socketpair,pidfd_open,signalfd4,pipe,pipe2,eventfd2,memfd_create,dup,dup2,dup3
opening+=,fcntl,epoll_create1,timerfd_create,inotify_init1
for words in '--uts --net --ipc' '--pid' '--all --user' '--no-fork --net --user' '--trace --uts' '--disable-userns --user' '--explain --all'; do
	if [[ -n $why ]]; then
		skip "close-on-exec: $words" "$why"
		continue
	fi
	read -r -a how <<<"$words"
	[[ " $words " == *' --user '* ]] || how+=("${user[@]}")
	strace -f -qq -o "$T/strace" -e trace="$opening" "${launcher[@]}" "${how[@]}" -- "$(helper empty)" \
		>"$T/out" 2>&1
	# pidfd_open(2) has no such flag: what it makes always is.
	grep -v -e ' = -1 ' -e 'F_GET' -e ' +++ ' -e ' --- ' -e ' resuming ' "$T/strace" >"$T/opened"
	is "close-on-exec: $words" "$(grep -v -e CLOEXEC -e ' pidfd_open(' "$T/opened")" ''
	[[ $words == *explain* ]] || ok "close-on-exec: $words: something was seen" test -s "$T/opened"
done

finish
