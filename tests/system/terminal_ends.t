#!/usr/bin/env bash
# Loops, pipelines, hang-ups, orphaned groups, and other launchers around and inside nsrun.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/system/terminal.sh" || exit 1

ln -s "$(command -v busybox)" "$T/sh"
plain=$("$T/sh" -c 'sleep 100 & sleep 0.01; cat /proc/$!/comm; kill $!')

# A loop goes on if what it runs only exits with 130.
for kind in -u -p; do
	for shell in bash dash "$T/sh"; do
		slept='sleep'
		[[ $shell != "$T/sh" ]] || slept=$plain
		at_shell "a loop of nsrun $kind ${shell##*/} stops at Ctrl-C" <<-END
			type for i in 1 2 3; do \$nsrun $kind -- $shell -c 'sleep 100; :'; done
			until $(listed nsrun:run:fore "${shell##*/}:run:fore" "$slept:run:fore")
			pause 20000
			key c
			expect out=130;
			idle
		END
	done
done
at_terminal 'a script with a loop stops at Ctrl-C' \
	bash -c "for i in 1 2 3; do \$nsrun -p -- bash -c 'sleep 100; :'; done" <<'END'
until bash:run:fore nsrun:run:fore sleep:run:fore
pause 20000
key c
until
ended signal 2
END

at_shell 'a pipeline into less: less has the terminal, q ends both' <<'END'
type $nsrun -u -- seq 1000000 | TERM=vt100 less
until less:run:fore nsrun:run:fore seq:run:fore
expect 10
type q
idle
END
at_shell 'a pipeline into less: Ctrl-Z stops all, fg continues all' <<'END'
type $nsrun -u -- sleep 100 | TERM=vt100 less
until less:run:fore nsrun:run:fore sleep:run:fore
pause 20000
key z
expect out=148;
until less:stop:back nsrun:stop:back sleep:stop:back
type fg
until less:run:fore nsrun:run:fore sleep:run:fore
END
for kind in -u -p; do
	at_shell "a pipeline of cat, $kind: Ctrl-C ends it, Ctrl-D too" <<-END
		type \$nsrun $kind -- cat | cat
		until cat:run:fore cat:run:fore nsrun:run:fore
		key c
		expect out=130;
		idle
		type \$nsrun $kind -- cat | cat
		until cat:run:fore cat:run:fore nsrun:run:fore
		type hello
		expect hello
		expect hello
		key d
		expect out=0;
		idle
	END
done
at_shell 'the end of a pipeline' <<'END'
type yes answ''er | $nsrun -u -- head -1
expect answer
expect out=0;
idle
END

# hangs_up NAME LINE PROCESS...: closing the terminal ends them.
hangs_up() {
	at_shell "a hang-up ends $1" <<-END
		type $2
		until $3
		hangup
		until
		ended signal 1
	END
}

# shellcheck disable=SC2016
{
	hangs_up 'a command' '$nsrun -u -- sleep 100' 'nsrun:run:fore sleep:run:fore'
	hangs_up 'a PID 1' '$nsrun -p -- sleep 100' 'nsrun:run:fore sleep:run:fore'
	hangs_up 'a command in the background' '$nsrun -u -- sleep 100 &' 'nsrun:run:back sleep:run:back'
	hangs_up 'a stopped command' '$nsrun -u -- cat &' 'cat:stop:back nsrun:stop:back'
	hangs_up 'a shell' '$nsrun -u -- bash --norc' 'bash:run:fore nsrun:run:back'
	hangs_up 'the default shell' 'SHELL=/bin/bash $nsrun -p' 'bash:run:fore nsrun:run:back'
}
at_terminal 'a hang-up reaches the command of an nsrun that leads the session' "${words[@]}" -u -- \
	bash -c "trap 'echo hup >$T/hup; exit 4' HUP; echo ready; while :; do sleep 0.01; done" <<'END'
expect ready
hangup
until
ended exit 4
END
is 'and its handler ran' "$(cat "$T/hup")" hup

# The session's leader and those in its group have no parent in the session outside it: orphaned.
orphaned() {
	local name=$1 command=$2 list=$3

	at_terminal "an orphaned group: Ctrl-Z has no effect on $name, Ctrl-C ends it" \
		bash -c "$command; :" <<-END
		until $list
		key z
		pause 50000
		until $list
		key c
		until
		ended signal 2
	END
	at_terminal "an orphaned group: TSTP to nsrun has no effect on $name" \
		bash -c "$command; :" <<-END
		until $list
		signal TSTP nsrun
		pause 50000
		until $list
		signal TERM nsrun
		until
		ended exit 0
	END
}

# shellcheck disable=SC2016
{
	orphaned 'a command' '$nsrun -u -- sleep 100' 'nsrun:run:fore sleep:run:fore'
	orphaned 'a PID 1' '$nsrun -p -- sleep 100' 'nsrun:run:fore sleep:run:fore'
	orphaned 'a command with a group of its own' '$nsrun -u -- timeout 100 sleep 100' \
		'nsrun:run:fore sleep:run:back timeout:run:back'
}

# tini and catatonit give the terminal to their child, as they do without nsrun.
for init in tini catatonit; do
	if ! has "$init"; then
		skip "$init as PID 1: Ctrl-C" "$init is not installed"
		skip "$init as PID 1: TERM to nsrun" "$init is not installed"
		continue
	fi
	at_shell "$init as PID 1: Ctrl-C" <<-END
		type \$nsrun -p -- $init -- sleep 100
		until $(listed "$init:run:back" nsrun:run:back sleep:run:fore)
		key c
		expect out=130;
		idle
	END
	at_shell "$init as PID 1: TERM to nsrun" <<-END
		type \$nsrun -p -- $init -- sleep 100
		until $(listed "$init:run:back" nsrun:run:back sleep:run:fore)
		signal TERM nsrun
		expect out=143;
		idle
	END
done

at_shell 'in timeout: Ctrl-C' <<'END'
type timeout 100 $nsrun -u -- sleep 100
until nsrun:run:fore sleep:run:fore timeout:run:fore
key c
expect out=130;
idle
END
at_shell 'in timeout: Ctrl-Z, fg, Ctrl-C' <<'END'
type timeout 100 $nsrun -u -- sleep 100
until nsrun:run:fore sleep:run:fore timeout:run:fore
key z
expect out=148;
until nsrun:stop:back sleep:stop:back timeout:stop:back
type fg
until nsrun:run:fore sleep:run:fore timeout:run:fore
key c
expect out=130;
idle
END
at_shell 'timeout as the command: Ctrl-C' <<'END'
type $nsrun -u -- timeout 100 sleep 100
until nsrun:run:fore sleep:run:back timeout:run:back
key c
expect out=130;
idle
END
at_shell 'timeout as the command: Ctrl-Z, fg, Ctrl-C' <<'END'
type $nsrun -u -- timeout 100 sleep 100
until nsrun:run:fore sleep:run:back timeout:run:back
key z
expect out=148;
leader bash:run:fore
type fg
leader bash:run:back
key c
expect out=130;
idle
END
at_shell 'under setsid it has no terminal, and a status' <<'END'
type setsid -w $nsrun -u -- sh -c 'trap "exit 7" TERM; while :; do sleep 0.02; done'
foreground setsid
pause 100000
signal TERM nsrun
expect out=7;
idle
END
at_shell 'under nohup a hang-up has no effect' <<'END'
type nohup $nsrun -u -- sleep 100 >/dev/null
until nsrun:run:fore sleep:run:fore
hangup
ended signal 1
until nsrun:run:back sleep:run:back
signal TERM nsrun
until
END
at_shell 'an alarm set before the exec' <<'END'
type perl -MTime::HiRes=ualarm -e 'ualarm 200000; exec @ARGV' $nsrun -u -- sleep 100
until nsrun:run:fore sleep:run:fore
expect out=142;
idle
END

finish
