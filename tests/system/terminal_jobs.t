#!/usr/bin/env bash
# Ctrl-C, Ctrl-\, Ctrl-Z, bg and fg of commands that know nothing of a terminal.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/system/terminal.sh" || exit 1

# stops_and_goes NAME COMMAND PROCESS...: the processes as `until` lists them while they run in the
# foreground.
stops_and_goes() {
	local name=$1 command=$2 fore=$3
	local back=${fore//:fore/:back}

	at_shell "$name: Ctrl-C ends all with 130" <<-END
		type $command
		until $fore
		key c
		expect out=130;
		idle
	END
	at_shell "$name: Ctrl-\\ ends all with 131" <<-END
		type $command
		until $fore
		key \\
		expect out=131;
		idle
	END
	at_shell "$name: Ctrl-Z, bg, fg, Ctrl-Z, fg, Ctrl-C" <<-END
		type $command
		until $fore
		key z
		expect Stopped
		expect out=148;
		until ${back//:run/:stop}
		leader bash:run:fore
		type bg
		expect out=0;
		until $back
		type fg
		until $fore
		leader bash:run:back
		pause 20000
		key z
		expect out=148;
		until ${back//:run/:stop}
		type fg
		until $fore
		key c
		expect out=130;
		idle
	END
	at_shell "$name: TSTP to nsrun alone stops both, fg continues them" <<-END
		type $command
		until $fore
		signal TSTP nsrun
		expect out=148;
		leader bash:run:fore
		type fg
		until $fore
		key c
		expect out=130;
		idle
	END
}

# shellcheck disable=SC2016
{
	stops_and_goes 'a command' '$nsrun -u -- sleep 100' 'nsrun:run:fore sleep:run:fore'
	stops_and_goes 'a PID 1' '$nsrun -p -- sleep 100' 'nsrun:run:fore sleep:run:fore'
	stops_and_goes 'a shell as PID 1' "\$nsrun -p -- sh -c 'sleep 100; sleep 100'" \
		'nsrun:run:fore sh:run:fore sleep:run:fore'
	stops_and_goes 'no namespace' '$nsrun -- sleep 100' 'nsrun:run:fore sleep:run:fore'
	stops_and_goes 'nsrun in nsrun' '$nsrun -u -- $nsrun -- sleep 100' \
		'nsrun:run:fore nsrun:run:fore sleep:run:fore'
}

at_shell 'CONT to nsrun alone continues the command' <<'END'
type $nsrun -u -- sleep 100
until nsrun:run:fore sleep:run:fore
key z
expect out=148;
until nsrun:stop:back sleep:stop:back
signal CONT nsrun
until nsrun:run:back sleep:run:back
type kill %1
expect out=0;
idle
END

at_shell 'a SIGSTOP sent to the command alone is not mirrored' <<'END'
type $nsrun -u -- sleep 100
until nsrun:run:fore sleep:run:fore
signal STOP sleep
until nsrun:run:fore sleep:stop:fore
pause 200000
until nsrun:run:fore sleep:stop:fore
signal CONT sleep
until nsrun:run:fore sleep:run:fore
key c
expect out=130;
idle
END

at_shell 'a SIGSTOP sent to nsrun alone: fg continues it' <<'END'
type $nsrun -u -- sleep 100
until nsrun:run:fore sleep:run:fore
signal STOP nsrun
expect out=147;
until nsrun:stop:back sleep:run:back
type fg
until nsrun:run:fore sleep:run:fore
key c
expect out=130;
idle
END

# reads NAME KIND: a command in the background that wants to read the terminal, or to write to it.
reads() {
	local kind=$1

	at_shell "$kind: reading in the background stops it, without a busy loop; fg lets it read" <<-END
		type \$nsrun $kind -- cat &
		until cat:stop:back nsrun:stop:back
		calm
		leader bash:run:fore
		type fg
		until cat:run:fore nsrun:run:fore
		type hello
		expect hello
		expect hello
		key d
		expect out=0;
		idle
	END
	at_shell "$kind: writing in the background under tostop stops it; fg lets it write" <<-END
		type stty tostop
		expect out=0;
		type \$nsrun $kind -- echo wri''tten &
		until echo:stop:back nsrun:stop:back
		calm
		type fg
		expect written
		expect out=0;
		idle
	END
}

reads -u
reads -p

at_shell 'nsrun as PID 1 of another: it cannot be stopped, so Ctrl-Z has no effect, Ctrl-C ends all' <<'END'
type $nsrun -p -- $nsrun -p -- sleep 100
until nsrun:run:fore nsrun:run:fore sleep:run:fore
key z
pause 200000
until nsrun:run:fore nsrun:run:fore sleep:run:fore
key c
expect out=130;
idle
END

cat >"$T/count.pl" <<'END'
my %count;
for my $name ('INT', 'QUIT', 'WINCH') {
	$SIG{$name} = sub { $count{$name}++; print "$name\n" };
}
$SIG{TERM} = sub { print "INT $count{INT} QUIT $count{QUIT} WINCH $count{WINCH}\n"; exit 3 };
$| = 1;
print "ready\n";
sleep 1 while 1;
END

# A second one that comes while the first is pending is lost: several, to see one.
counts() {
	at_shell "$1: INT, QUIT and WINCH from the terminal come once, TERM to nsrun too" <<-END
		type \$nsrun $1 -- perl $T/count.pl
		expect ready
		pause 20000
		key c
		expect INT
		key c
		expect INT
		key c
		expect INT
		key c
		expect INT
		key \\
		expect QUIT
		resize 33 99
		expect WINCH
		pause 50000
		signal TERM nsrun
		expect INT 4 QUIT 1 WINCH 1
		expect out=3;
		idle
	END
}

counts -u
counts -p

finish
