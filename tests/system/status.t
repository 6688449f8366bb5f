#!/usr/bin/env bash
# The exit status is the command's own; a death by signal is nsrun's too.
. "$(dirname "$0")/../lib.sh"

if is_root; then
	kind=(--uts)
else
	kind=(--user --uts)
fi

# statuses_of OPTION... -- NUMBER...: the numbers that came back as others.
statuses_of() {
	local options=() wrong=''

	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	for number; do
		run nsrun "${options[@]}" -- sh -c "exit $number"
		[[ $ending == "exit $number" && -z $out$err ]] || wrong+="$number: $ending $err"$'\n'
	done
	printf '%s' "$wrong"
}

all=()
for number in {0..255}; do
	! in_sample || all+=("$number")
done
is 'every exit status, with no namespace' "$(statuses_of -- "${all[@]}")" ''
is 'every exit status, as PID 1' "$(statuses_of "${kind[@]}" --pid -- "${all[@]}")" ''
is 'some with --no-fork' "$(statuses_of "${kind[@]}" --no-fork -- 0 1 3 124 125 126 127 128 143 255)" ''

# The others do not end a process that has no handler.
deadly=()
for number in {1..64}; do
	case $number in
	17 | 18 | 19 | 20 | 21 | 22 | 23 | 28) ;;
	*) ! in_sample || deadly+=("$number") ;;
	esac
done
core=$T/core
mkdir "$core"
ulimit -c unlimited

signals_of() {
	local wrong='' number

	for number in "${deadly[@]}"; do
		run nsrun "$@" --chdir "$core" -- "$(helper die)" "$number"
		rm -f "$core"/*
		[[ $ending == "signal $number" && -z $out$err ]] || wrong+="$number: $ending $err"$'\n'
	done
	printf '%s' "$wrong"
}

is 'death by every signal, with no namespace' "$(signals_of)" ''
is 'death by every signal, in a namespace' "$(signals_of "${kind[@]}")" ''
cd "$core" || exit
run "$(helper die)" 6
rm -f "$core"/*
if [[ $ending == 'signal 6 core' ]]; then
	run nsrun "${kind[@]}" -- "$(helper die)" 6
	ended 'the core of the command stays the only one' 'signal 6'
else
	skip 'the core of the command stays the only one' 'this system writes no core files'
fi
rm -f "$core"/*
cd "$T/cwd" || exit

# What a PID 1 does to itself stays as the kernel has it (contract, section 5).
for number in 1 2 9 15 34; do
	run nsrun "${kind[@]}" --pid -- "$(helper die)" "$number"
	ended "a PID 1 that sends itself $number lives on" 'exit 255'
done
# shellcheck disable=SC2016
run nsrun "${kind[@]}" --pid -- sh -c 'kill -TERM $$; exit 5'
ended 'and a shell too' 'exit 5'

# A child of PID 1 is as any process.
run nsrun "${kind[@]}" --pid -- sh -c "$(helper die) 15; exit \$?"
ended 'a child of PID 1 dies of its signal; 143 is then an exit' 'exit 143'

# Exits that look like signals are exits.
is 'an exit with 128+N without a signal N is an exit' \
	"$(statuses_of "${kind[@]}" -- 129 130 131 137 143 192)" ''

run nsrun "${kind[@]}" -- sh -c 'echo out; echo err >&2; exit 9'
ran 'output and errors are the command'"'"'s' 9 out err
run nsrun "${kind[@]}" -- sh -c 'cat; exit 4' < <(echo in)
ran 'standard input too' 4 in ''

finish
