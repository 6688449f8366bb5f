# For the tests at a pseudo-terminal, beside lib.sh; the actions are those of pty.c.
#
# at_shell NAME             one test: an interactive bash obeys all actions on standard input
# at_terminal NAME COMMAND [ARG...]   the same where COMMAND leads the session, with no shell around
# at_random NAME COMMAND STATUSES   a hundred times the actions on standard input, behind a start of
#                           COMMAND, where MOMENT is a pause of random length; all statuses that they
#                           read match the regular expression
# ends NAME COMMAND ACTION STATUSES   at_random for an action that ends it
# stops NAME COMMAND ACTION PROCESSES [OTHER [STATUSES]]   and for one that stops it: as they run in
#                           the foreground; other lists of them stopped, and other statuses, than usual
# listed PROCESS...         their list as `until` wants it, for those with names in variables
#
# In the shells $nsrun is the launcher; as the ordinary user with --user, which it needs for anything.
# Prompts are "out=STATUS;", or what a line of the test sets PS1 to.
# shellcheck shell=bash

words=("${launcher[@]}")
is_root || words+=(--user)
export nsrun="${words[*]}" PS1='out=$?;' TERM=dumb HISTFILE='' ENV='' BASH_ENV=''
outer=(bash --norc --noprofile -i)
times=$((100 / ${NSRUN_SLOW:-1}))
longest=2000	# microseconds, more than a launch takes

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

at_random() {
	local name=$1 command=$2 wanted=$3 actions lines=() replies statuses=() i status bad=0
	local -A tally=()

	mapfile -t actions
	for ((i = 0; i < times; i++)); do
		lines+=("type $command" 'foreground nsrun')
		lines+=("${actions[@]/MOMENT/pause $((RANDOM % longest))}")
	done
	mapfile -t replies < <(printf '%s\n' 'expect out=0;' "${lines[@]}" |
		hurry 60 "$(helper pty)" -e "${outer[@]}")
	lines=('expect out=0;' "${lines[@]}")
	for ((i = 0; i < ${#replies[@]}; i++)); do
		[[ ${lines[i]} != status* ]] || statuses+=("${replies[i]#ok }")
	done
	for status in "${statuses[@]}"; do
		tally[$status]=$((${tally[$status]-0} + 1))
		[[ $status =~ ^($wanted)$ ]] || bad=1
	done
	echo "# $name:$(for status in "${!tally[@]}"; do printf ' %s x %s' "${tally[$status]}" "$status"; done)"
	if ((${#replies[@]} == ${#lines[@]} && !bad)) && [[ ${replies[-1]} == ok* ]]; then
		pass "$name"
	else
		fail "$name" "after $((${#replies[@]} / (2 + ${#actions[@]}))) times" \
			"action: ${lines[${#replies[@]} - 1]}" "answer: ${replies[-1]-none}" \
			"statuses: ${statuses[*]}" "wanted: $wanted"
	fi
}

ends() {
	local name=$1 command=$2 action=$3 status=$4

	at_random "$name: $action" "$command" "$status" <<-END
		MOMENT
		$action
		status out=
		idle
	END
}

stops() {
	local name=$1 command=$2 action=$3 fore=$4
	local back=${fore//:fore/:back}

	at_random "$name: $action, fg, key c" "$command" "${6-148|130}" <<-END
		MOMENT
		$action
		status out=
		until nsrun:stop:back or ${back//:run/:stop}${5:+ or $5}
		type fg
		until $fore
		key c
		status out=
		idle
	END
}
