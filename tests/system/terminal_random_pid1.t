#!/usr/bin/env bash
# The same as terminal_random.t for a command that is PID 1.
. "$(dirname "$0")/../lib.sh"
need judgement
. "$here/tests/system/terminal.sh" || exit 1

# shellcheck disable=SC2016
{
	ends 'a PID 1' '$nsrun -p -- sleep 100' 'key c' 130
	ends 'a PID 1' '$nsrun -p -- sleep 100' "key \\" 131
	ends 'a PID 1' '$nsrun -p -- sleep 100' 'signal TERM foreground' 143
	ends 'a PID 1' '$nsrun -p -- sleep 100' 'signal KILL foreground' 137
	stops 'a PID 1' '$nsrun -p -- sleep 100' 'key z' 'nsrun:run:fore sleep:run:fore'
	stops 'a PID 1' '$nsrun -p -- sleep 100' 'signal TSTP foreground' 'nsrun:run:fore sleep:run:fore'
	# A PID 1 is stopped by nsrun, which may be after it has made the child.
	stops 'bash as PID 1' "\$nsrun -p -- bash -c 'sleep 100; :'" 'key z' \
		'bash:run:fore nsrun:run:fore sleep:run:fore' \
		"bash:stop:back nsrun:stop:back or bash:stop:back bash:stop:back nsrun:stop:back or \
bash:run:back bash:stop:back nsrun:stop:back or bash:stop:back nsrun:stop:back sleep:run:back" '148|130|0'
	# The kernel drops what comes before a PID 1 has a handler, and then nobody can tell that it
	# did: now and then such a shell runs to its end, which takes time.
	times=$(((times + 3) / 4))
	ends 'bash as PID 1' "\$nsrun -p -- bash -c 'sleep 0.5; :'" 'key c' '130|0'
	# dash loses Ctrl-C, and Ctrl-Z too, without nsrun as well: in the moment of its vfork(2).
	ends 'dash as PID 1' "\$nsrun -p -- dash -c 'sleep 0.5; :'" 'key c' '130|0'
}

finish
