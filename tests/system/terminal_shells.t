#!/usr/bin/env bash
# Interactive shells inside, and who has the terminal's foreground while and after they run.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/system/terminal.sh" || exit 1

ln -s "$(command -v busybox)" "$T/sh"

# The pause before Ctrl-C: bash, with or without nsrun, misses one right behind its prompt.
# The shell inside as NAME in the list of processes; the line that starts it is on standard input.
works() {
	local name=$1 shell=$2 start fore

	start=$(cat)
	fore=$(listed "$shell:run:fore" nsrun:run:back)
	at_shell "$name: Ctrl-C, Ctrl-Z, bg, fg, exit 3" <<-END
		type $start
		until $fore
		type PS1='in=\$?;'
		expect in=0;
		pause 50000
		key c
		expect in=130;
		type sleep 100
		until $(listed "$shell:run:back" nsrun:run:back sleep:run:fore)
		key c
		expect in=130;
		type sleep 100
		until $(listed "$shell:run:back" nsrun:run:back sleep:run:fore)
		key z
		expect in=148;
		until $(listed "$shell:run:fore" nsrun:run:back sleep:stop:back)
		type bg
		until $(listed "$shell:run:fore" nsrun:run:back sleep:run:back)
		type fg
		until $(listed "$shell:run:back" nsrun:run:back sleep:run:fore)
		key z
		expect in=148;
		type fg
		until $(listed "$shell:run:back" nsrun:run:back sleep:run:fore)
		key c
		expect in=130;
		type exit 3
		expect out=3;
		idle
	END
	at_shell "$name: killed: the foreground comes back" <<-END
		type $start
		until $fore
		type PS1='in=\$?;'
		expect in=0;
		signal KILL $shell
		expect out=137;
		idle
	END
	at_shell "$name: ends with nsrun" <<-END
		type $start
		until $fore
		type PS1='in=\$?;'
		expect in=0;
		signal KILL nsrun
		expect out=137;
		idle
	END
}

works 'bash, -u' bash <<<"\$nsrun -u -- bash --norc --noprofile -i"
works 'bash, -p' bash <<<"\$nsrun -p -- bash --norc --noprofile -i"
for kind in -u -p; do
	works "default shell bash, $kind" bash <<<"SHELL=/bin/bash \$nsrun $kind"
	works "default shell dash, $kind" dash <<<"SHELL=/bin/dash \$nsrun $kind"
	works "default shell busybox, $kind" sh <<<"SHELL=$T/sh \$nsrun $kind"
done

at_shell 'suspend of a shell inside is a stop like any other' <<'END'
type PS1='in=$?;' $nsrun -u -- bash --norc --noprofile -i
until bash:run:fore nsrun:run:back
expect in=0;
type suspend
expect out=147;
until bash:stop:back nsrun:stop:back
type fg
until bash:run:fore nsrun:run:back
type exit 3
expect out=3;
idle
END

at_shell 'fg after a stop of nsrun gives the foreground to the group that the command leads' <<'END'
type SHELL=/bin/bash $nsrun -p
until bash:run:fore nsrun:run:back
type exec sleep 100
until nsrun:run:back sleep:run:fore
signal STOP nsrun
expect out=147;
leader bash:run:fore
type fg
until nsrun:run:back sleep:run:fore
leader bash:run:back
signal TERM nsrun
expect out=143;
idle
END

for shell in /bin/bash /bin/dash "$T/sh"; do
	at_shell "default shell ${shell##*/}, -p: in the background it waits for fg, and takes nothing" <<-END
		type SHELL=$shell \$nsrun -p &
		until nsrun:stop:back
		calm
		leader bash:run:fore
		type fg
		until $(listed "${shell##*/}:run:fore" nsrun:run:back)
		type PS1='in=\$?;'
		expect in=0;
		type exit 3
		expect out=3;
		idle
	END
done

at_shell 'the default shell without a terminal is a usage error' <<'END'
type $nsrun -p </dev/null
expect nsrun:
expect out=125;
idle
END

# A script has one process group with nsrun in it.
reads_afterwards() {
	# shellcheck disable=SC2016
	at_terminal "a script reads the terminal after $1" \
		bash -c "$2"'; status=$?; stty sane; echo "end=$status;"; read -r x; echo "got=$x;"'
}

reads_afterwards 'a command' "\$nsrun -p -- bash -c 'exit 0'" <<'END'
expect end=0;
type hello
expect got=hello;
ended exit 0
END
reads_afterwards 'a shell that gave the foreground back' "PS1='out=\$?;' \$nsrun -u -- bash --norc --noprofile -i" <<'END'
expect out=0;
type exit 3
expect end=3;
type hello
expect got=hello;
ended exit 0
END
for kind in -u -p; do
	reads_afterwards "a shell killed in the foreground, $kind" \
		"PS1='out=\$?;' \$nsrun $kind -- bash --norc --noprofile -i" <<-'END'
		expect out=0;
		until bash:run:fore nsrun:run:back
		signal KILL bash
		expect end=137;
		leader bash:run:fore
		type hello
		expect got=hello;
		ended exit 0
	END
done
reads_afterwards 'a PID 1 killed while its job had the foreground' \
	"PS1='out=\$?;' \$nsrun -p -- bash --norc --noprofile -i" <<'END'
expect out=0;
type sleep 100
until bash:run:back nsrun:run:back sleep:run:fore
signal KILL bash
expect end=137;
leader bash:run:fore
type hello
expect got=hello;
ended exit 0
END

# Its child leads the foreground and outlives it.
cat >"$T/leave.pl" <<'END'
use POSIX ();
$SIG{TTOU} = 'IGNORE';
if (fork == 0) {
	POSIX::setpgid(0, 0);
	POSIX::tcsetpgrp(0, POSIX::getpgrp());
	sleep 100;
}
select undef, undef, undef, 0.01 while POSIX::tcgetpgrp(0) == POSIX::getpgrp();
END
at_terminal 'the foreground is not taken from a living group' \
	bash -c "\$nsrun -u -- perl $T/leave.pl; echo \"end=\$?;\"; sleep 100; :" <<'END'
expect end=0;
until perl:run:fore sleep:run:back
leader bash:run:back
END

finish
