#!/usr/bin/env bash
# --step: waits on the terminal before each step, and shows what it changed.
own_mounts=1
. "$(dirname "$0")/../lib.sh"
. "$here/tests/system/terminal.sh" || exit 1

# What --step shows of nsrun ARG... up to and with the prompt of the step NAME: `expect` and an answer for
# each; the last one is left to be answered.
steps_to() {
	local last=$1 name names

	shift
	# shellcheck disable=SC2154
	mapfile -t names < <("${words[@]}" --explain=json "$@" 2>/dev/null |
		sed -n 's/.*"step": "\([^"]*\)".*/\1/p')
	for name in "${names[@]}"; do
		echo "expect : $name"
		echo 'expect Enter takes it, q ends: '
		[[ $name != "$last" ]] || return
		echo 'type go'
	done
}

id_of() {
	local link

	link=$(readlink "/proc/self/ns/$1")
	link=${link#*\[}
	echo "${link%\]}"
}

at_shell 'all steps; the command has its status, and no descriptor of the terminal' <<END
type \$nsrun --step -u -- sh -c 'ls -l /proc/\$\$/fd | grep -c /dev/tty; hostname; exit 3'
$(steps_to exec -u -- sh)
type go
expect 0
expect nsrun
expect out=3;
idle
END

at_shell 'behind the clone the new process shows its namespaces, and then the other steps change none' <<END
type \$nsrun --step -u -- true
$(steps_to clone -u -- true)
type go
expect done; this is the new process
expect uts: 
expect , was $(id_of uts)
expect Enter
type go
expect done
expect its namespaces are as before
expect Enter
type q
expect out=125;
idle
END

if [[ -e /proc/self/ns/time ]]; then
	at_shell 'a helper between: the namespace is for its children first, then theirs' <<-END
		type \$nsrun --step -T -- true
		$(steps_to time.unshare -T -- true)
		type go
		expect time_for_children: 
		expect , was $(id_of time)
		$(steps_to clone -T -- true | sed '1,/^expect : time.unshare$/d' | tail -n +3)
		type go
		expect time: 
		expect , was $(id_of time)
		expect ends: 
		type q
		expect out=125;
		idle
	END
fi

at_shell 'q ends it: 125 and one line' <<END
type \$nsrun --step -u -- true
$(steps_to uts.hostname -u -- true)
type q
expect nsrun: --step: ended at the terminal, before step $(steps_to uts.hostname -u -- true | grep -c Enter) of
expect , uts.hostname
expect out=125;
idle
END

at_shell 'so does an end of file, before the first step and before the exec' <<END
type \$nsrun --step -u -- true
expect Enter takes it, q ends: 
key d
expect nsrun: --step: ended at the terminal, before step 1 of
expect , clone
expect out=125;
type \$nsrun --step -u -- true
$(steps_to exec -u -- true)
key d
expect , exec
expect out=125;
idle
END

at_shell 'Ctrl-C ends it, whoever asks' <<END
type \$nsrun --step -u -- true
expect Enter takes it, q ends: 
key c
expect out=130;
type \$nsrun --step -u -- true
$(steps_to uts.hostname -u -- true)
key c
expect out=130;
type \$nsrun --step -u -- true
$(steps_to exec -u -- true)
key c
expect out=130;
idle
END

for step in clone pdeathsig uts.hostname exec; do
	at_shell "nsrun is killed while it asks before $step: nobody is left at the terminal" <<-END
		type \$nsrun --step -u -- true
		$(steps_to "$step" -u -- true)
		signal KILL nsrun
		expect out=137;
		idle
	END
done

at_shell '--no-fork asks too' <<END
type \$nsrun --step --no-fork -u -- sh -c 'hostname; exit 4'
$(steps_to exec --no-fork -u -- sh)
type go
expect nsrun
expect out=4;
idle
END

at_shell 'a step that fails is told' <<END
type \$nsrun --step -u --chdir /absent -- true
$(steps_to chdir -u --chdir /absent -- true)
type go
expect failed: ENOENT
expect nsrun: step
expect chdir("/absent"): No such file or directory (ENOENT)
expect out=125;
idle
END

if is_root; then
	at_shell 'outside asks while inside has the foreground; q undoes' <<-END
		type SHELL=/bin/sh \$nsrun --step --save $T/kept -p
		$(steps_to mount.proc --save "$T/kept" -p -- sh)
		type go
		expect : foreground
		expect Enter takes it, q ends: 
		type go
		expect : save.bind
		expect Enter takes it, q ends: 
		type q
		expect out=125;
		idle
	END
	ok 'and nothing is kept' test ! -e "$T/kept"
fi

at_shell 'in the background it does not begin' <<'END'
type $nsrun --step -u -- true & wait $!
expect nsrun: --step: nsrun is in the background of its terminal
expect out=125;
idle
END

# shellcheck disable=SC2154
run setsid "${words[@]}" --step -u -- true
ran 'without a terminal it does not begin' 125 '' \
	'nsrun: --step: there is no terminal to ask at: /dev/tty: No such device or address (ENXIO)'
run setsid "${words[@]}" --step --no-fork -u -- true
ran 'nor with --no-fork' 125 '' \
	'nsrun: --step: there is no terminal to ask at: /dev/tty: No such device or address (ENXIO)'
run setsid "${words[@]}" --step --explain=json -u -- true
like 'but --explain does: memory is copied' "$out" '"shares_memory": false'
finish
