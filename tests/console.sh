# Pages whose commands are run: README.md and man/nsrun-lab.7.  Sourced after lib.sh.
#
# What is run stands in blocks that begin with ```console, or in mdoc(7) with .Bd -literal.  A line in
# them that begins with a prompt is typed, the lines below it are what is to be seen then.
#
#	$ COMMAND	the user's shell; with "sudo " in front, root's
#	# COMMAND	whatever shell the last command in that terminal has started
#	second$ ...	the same in a second terminal; second# too
#
# The shells live as long as the page, and read from pipes what a person would type: a command that
# starts a shell hands its input on to it, and gets it back.
#
# read_page FILE            fills titles, prompts, commands, outputs: one element for each command
# open_terminals            in the directory $T/page, with ./nsrun and nsrun in the launch under test
# turn_to PROMPT COMMAND    before a command is entered or left out: $owner is user or root
# enter COMMAND             $got is what it prints; its status the next one there finds in $?
# close_terminals
# shellcheck shell=bash disable=SC2154

titles=() prompts=() commands=() outputs=()
got=''

# The lines of the blocks, behind "=" and the lines of the headings.
lines_of_page() {
	awk '
		/^\.Sh / { sub(/^[^ ]* /, ""); print "=" (section = $0); next }
		/^\.Ss / { sub(/^[^ ]* /, ""); print "=" section ": " $0; next }
		/^## / && !inside { sub(/^[^ ]* /, ""); print "=" $0; next }
		/^```console$/ || /^\.Bd -literal/ { inside = 1; next }
		/^```$/ || /^\.Ed$/ { inside = 0 }
		!inside { next }
		mdoc { gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\e/, "\\") }
		{ print " " $0 }' mdoc="$([[ $1 == *.[1-9] ]] && echo 1)" "$1"
}

read_page() {
	local line title=''

	while IFS= read -r line; do
		if [[ $line == =* ]]; then
			title=${line#=}
		elif [[ $line =~ ^\ ((second)?[\$#])\ (.*) ]]; then
			titles+=("$title")
			prompts+=("${BASH_REMATCH[1]}")
			commands+=("${BASH_REMATCH[3]}")
			outputs+=('')
		else
			outputs[-1]+=${line# }$'\n'
		fi
	done < <(lines_of_page "$1")
}

# --explain is not of a launch: a page shows that of the usual one.
make_nsrun() {
	mkdir "$T/page"
	cat >"$T/page/nsrun" <<-END
		#!/bin/sh
		case " \$* " in
		*" --explain"*) exec '$NSRUN' "\$@" ;;
		esac
		exec ${launcher[*]@Q} "\$@"
	END
	chmod 755 "$T/page/nsrun"
}

declare -A typed printed owner_in shell_of status_of
turn=0 answer=0 terminal='' owner=''

# open_shell NAME COMMAND...
open_shell() {
	local fd

	mkfifo "$T/typed" "$T/printed"
	exec {fd}<>"$T/typed"
	typed[$1]=$fd
	exec {fd}<>"$T/printed"
	printed[$1]=$fd
	(
		exec <"$T/typed" >"$T/printed" 2>&1
		for fd in "${typed[@]}" "${printed[@]}"; do
			exec {fd}>&-
		done
		cd "$T/page" && PATH=$T/page:$PATH exec "${@:2}"
	) &
	# Both are open in the shell before their names go.
	read_answer "$1" true
	rm "$T/typed" "$T/printed"
}

open_terminals() {
	local as=() terminal

	make_nsrun
	if is_root; then
		as=("${to_user[@]}")
	fi
	for terminal in first second; do
		status_of[$terminal]=0
		open_shell "$terminal user" "${as[@]}" bash
		if is_root; then
			open_shell "$terminal root" bash
		fi
	done
}

close_terminals() {
	local fd

	for fd in "${typed[@]}" "${printed[@]}"; do
		exec {fd}>&-
	done
	wait
}

# read_answer SHELL TEXT: the shell says by a mark that it is back.  A shell that ends may have read its
# line together with the mark: so the mark is asked for again, and one of an earlier turn is passed over.
read_answer() {
	local part line='' code patience=15 mark

	((++turn))
	mark="echo mark-$turn \$?"
	got=''
	printf '%s\n%s\n' "$2" "$mark" >&"${typed[$1]}"
	while ((patience > 0)); do
		IFS= read -r -t $((2 * slow)) -u "${printed[$1]}" part
		code=$?
		line+=$part
		if ((code > 128)); then
			((--patience))
			echo "$mark" >&"${typed[$1]}"
			continue
		fi
		if [[ $line == *mark-"$turn "* ]]; then
			got+=${line%%mark-*}
			got=${got%$'\n'}
			answer=${line##* }
			return
		fi
		[[ $line == mark-[0-9]* ]] || got+=$line$'\n'
		line=''
	done
	got+="(no answer) $line"
	return 1
}

is_job_asleep() {
	[[ $(ps -o comm= --ppid "$1") == sleep ]]
}

# A container that is started in the background is there before the next command.
await_job() {
	local before=$got

	# shellcheck disable=SC2016
	read_answer "$1" 'echo $!'
	eventually is_job_asleep "$got"
	got=$before
}

turn_to() {
	terminal=first
	[[ $1 != second* ]] || terminal=second
	if [[ $1 == *'$' ]]; then
		owner_in[$terminal]=user
		[[ $2 != 'sudo '* ]] || owner_in[$terminal]=root
	fi
	owner=${owner_in[$terminal]}
}

# The mark has taken the place of the status.  A status of 0 is that of a mark: it is made only in
# another shell than that of the last command, for it may cost a process.
enter() {
	local shell="$terminal $owner" before=''

	if [[ $shell != "${shell_of[$terminal]-}" || ${status_of[$terminal]} != 0 ]]; then
		before="(exit ${status_of[$terminal]})"
	fi
	shell_of[$terminal]=$shell
	read_answer "$shell" "$before"$'\n'"${1#sudo }"
	status_of[$terminal]=$answer
	# What a shell says of its jobs, and of itself before an error, depends on whether it is interactive.
	got=$(sed -E '/^(bash: line [0-9]+: +[0-9]+ )?(Terminated|Killed)\b/d
		s/^(\/bin\/)?(bash|sh): line [0-9]+: /\2: /' <<<"$got")
	[[ $1 != *' sleep '*' &' ]] || await_job "$shell"
}
