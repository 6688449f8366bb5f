# For the tests at a pseudo-terminal, beside lib.sh; the actions are those of pty.c.
#
# at_shell NAME             one test: an interactive bash obeys all actions on standard input
# at_terminal NAME COMMAND [ARG...]   the same where COMMAND leads the session, with no shell around
# listed PROCESS...         their list as `until` wants it, for those with names in variables
#
# In the shells $nsrun is the launcher; as the ordinary user with --user, which it needs for anything.
# Prompts are "out=STATUS;", or what a line of the test sets PS1 to.
# shellcheck shell=bash

words=("${launcher[@]}")
is_root || words+=(--user)
export nsrun="${words[*]}" PS1='out=$?;' TERM=dumb HISTFILE='' ENV='' BASH_ENV=''
outer=(bash --norc --noprofile -i)

at_terminal() {
	local name=$1 lines replies

	shift
	mapfile -t lines < <(grep -v '^$')
	mapfile -t replies < <(printf '%s\n' "${lines[@]}" | hurry 60 "$(helper pty)" -e "$@")
	if ((${#replies[@]} == ${#lines[@]})) && [[ ${replies[-1]} == ok* ]]; then
		pass "$name"
	else
		fail "$name" "action: ${lines[${#replies[@]} - 1]-}" "answer: ${replies[-1]-none}"
	fi
}

at_shell() {
	local name=$1

	at_terminal "$name" "${outer[@]}" < <(echo 'expect out=0;' && cat)
}

# Processes in the order in which `until` wants them.
listed() {
	printf '%s\n' "$@" | LC_ALL=C sort | paste -sd ' '
}
