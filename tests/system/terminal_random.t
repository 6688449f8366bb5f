#!/usr/bin/env bash
# Ctrl-C, Ctrl-\, Ctrl-Z and signals by pid, each a hundred times at a random moment of the launch.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/system/terminal.sh" || exit 1

# shellcheck disable=SC2016
{
	ends 'a command' '$nsrun -u -- sleep 100' 'key c' 130
	ends 'a command' '$nsrun -u -- sleep 100' "key \\" 131
	ends 'a command' '$nsrun -u -- sleep 100' 'signal TERM foreground' 143
	ends 'a command' '$nsrun -u -- sleep 100' 'signal KILL foreground' 137
	stops 'a command' '$nsrun -u -- sleep 100' 'key z' 'nsrun:run:fore sleep:run:fore'
	stops 'a command' '$nsrun -u -- sleep 100' 'signal TSTP foreground' 'nsrun:run:fore sleep:run:fore'
	# bash blocks signals while it forks: a Ctrl-C in that moment ends bash alone, without nsrun as
	# well, and what it has started ends by itself.
	ends 'bash' "\$nsrun -u -- bash -c 'sleep 2; :'" 'key c' 130
}

finish
