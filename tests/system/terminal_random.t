#!/usr/bin/env bash
# Ctrl-C, Ctrl-\, Ctrl-Z and signals by pid, each a hundred times at a random moment of the launch.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/terminal.sh"

times=$((100 / ${NSRUN_SLOW:-1}))
longest=2000	# microseconds, more than a launch takes

# at_random NAME COMMAND WANTED: actions on standard input follow every start of the command; MOMENT
# in them is a random pause.  The statuses that they read must be these, each time.
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

# stops NAME COMMAND ACTION PROCESSES [OTHER [STATUSES]]: as they run in the foreground; other lists of
# them stopped, and other statuses, than usual.
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

# shellcheck disable=SC2016
{
	ends 'a command' '$nsrun -u -- sleep 100' 'key c' 130
	ends 'a command' '$nsrun -u -- sleep 100' "key \\" 131
	ends 'a command' '$nsrun -u -- sleep 100' 'signal TERM foreground' 143
	ends 'a command' '$nsrun -u -- sleep 100' 'signal KILL foreground' 137
	stops 'a command' '$nsrun -u -- sleep 100' 'key z' 'nsrun:run:fore sleep:run:fore'
	stops 'a command' '$nsrun -u -- sleep 100' 'signal TSTP foreground' 'nsrun:run:fore sleep:run:fore'
	ends 'a PID 1' '$nsrun -p -- sleep 100' 'key c' 130
	ends 'a PID 1' '$nsrun -p -- sleep 100' "key \\" 131
	ends 'a PID 1' '$nsrun -p -- sleep 100' 'signal TERM foreground' 143
	ends 'a PID 1' '$nsrun -p -- sleep 100' 'signal KILL foreground' 137
	stops 'a PID 1' '$nsrun -p -- sleep 100' 'key z' 'nsrun:run:fore sleep:run:fore'
	stops 'a PID 1' '$nsrun -p -- sleep 100' 'signal TSTP foreground' 'nsrun:run:fore sleep:run:fore'
	ends 'bash' "\$nsrun -u -- bash -c 'sleep 100; :'" 'key c' 130
	# The kernel drops what comes before a PID 1 has a handler, and then nobody can tell that it
	# did: now and then such a shell runs to its end.
	ends 'bash as PID 1' "\$nsrun -p -- bash -c 'sleep 0.2; :'" 'key c' '130|0'
	# dash loses Ctrl-C, and Ctrl-Z too, without nsrun as well: in the moment of its vfork(2).
	ends 'dash as PID 1' "\$nsrun -p -- dash -c 'sleep 0.2; :'" 'key c' '130|0'
	# A PID 1 is stopped by nsrun, which may be after it has made the child.
	stops 'bash as PID 1' "\$nsrun -p -- bash -c 'sleep 100; :'" 'key z' \
		'bash:run:fore nsrun:run:fore sleep:run:fore' \
		"bash:stop:back nsrun:stop:back or bash:stop:back bash:stop:back nsrun:stop:back or \
bash:run:back bash:stop:back nsrun:stop:back or bash:stop:back nsrun:stop:back sleep:run:back" '148|130|0'
}

finish
