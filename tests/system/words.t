#!/usr/bin/env bash
# Answers and usage errors: one line that names option and value, status 125, nothing changed.
. "$(dirname "$0")/../lib.sh"

# refused MESSAGE WORD...
refused() {
	local message=$1

	shift
	run nsrun "$@"
	ran "nsrun ${*@Q}" 125 '' "nsrun: $message"
}

refused 'no command is given, and standard input is no terminal for a shell'
refused 'no command is given, and standard input is no terminal for a shell' --uts
refused 'no command after --' --
refused 'no command after --' --uts --
refused 'unknown option "--nonsense"' --nonsense -- true
refused 'unknown option "--hostnam"; the nearest is --hostname' --hostnam x -- true
refused 'unknown option "--host"; the nearest is --hostname' --host x -- true
refused 'unknown option "--ut"; the nearest is --uts' --ut -- true
refused 'unknown option "--ut=1"; the nearest is --uts' --ut=1 -- true
refused 'unknown option "-z"' -z -- true
refused 'unknown option "-z"' -uz -- true
refused 'unknown option "--a\n\033\377"' $'--a\n\e\xff' -- true
refused '--hostname: a value is missing: --hostname NAME' --hostname
refused '--chdir: a value is missing: --chdir DIR' -w
refused '--share: a value is missing: --share KIND[,KIND...]' --all --share
refused '--uts takes no value, but was given "yes"; --join FILE enters what is there, --save DIR keeps what is new' --uts=yes -- true
refused '--uts takes no value, but was given ""; --join FILE enters what is there, --save DIR keeps what is new' --uts= -- true
long=$(printf '%65s' x | tr ' ' a)
refused "--hostname: \"$long\": longer than the 64 bytes that the kernel takes" --hostname "$long" -- true
refused "--domainname: \"$long\": longer than the 64 bytes that the kernel takes" --domainname "$long" -- true
refused '--chdir: "": an empty path' --chdir '' -- true
for value in '' -1 +1 1x 0x1 ' 1' 4294967295 99999999999999999999 1.5; do
	refused "--map-user: \"$value\": not a number from 0 to 4294967294" "--map-user=$value" -- true
done
refused '--map-group: "root": not a number from 0 to 4294967294' --map-group root -- true
refused '--map-group: "\377": not a number from 0 to 4294967294' --map-group $'\xff' -- true
refused '--setgroups: "maybe": not one of allow|deny' --setgroups maybe -- true
refused '--propagation: "": not one of private|slave|shared|unchanged' --propagation= -- true
refused '--explain: "xml": not one of text|json|c' --explain=xml -- true
refused '--completion: "csh": not one of bash|zsh|fish' --completion csh
refused '--help: "nothing": not one of all|namespaces|identity|names|files|process|looking' --help=nothing
refused '--share: "utz": not a list of kinds: mnt uts ipc net pid user cgroup time' --all --share utz -- true
refused '--share: "uts,": not a list of kinds: mnt uts ipc net pid user cgroup time' --all --share uts, -- true
refused '--share: "": not a list of kinds: mnt uts ipc net pid user cgroup time' --all --share= -- true
refused '--share uts contradicts --uts' --all --share uts --uts -- true
refused '--share uts contradicts --hostname' --all --share uts --hostname x -- true
refused '--share uts: no option takes that kind' --ipc --share uts -- true
refused '--share time: no option takes that kind' --uts --share time -- true
refused '--no-hostname: no new uts namespace is asked for' --no-hostname -- true
refused '--no-hostname: no new uts namespace is asked for' --all --share uts --no-hostname -- true
refused '--no-proc: no new pid namespace is asked for' --no-proc --mount -- true
refused '--no-loopback: no new net namespace is asked for' --no-loopback -- true
refused '--hostname "x" contradicts --no-hostname' --hostname x --no-hostname -- true
refused '--no-fork contradicts --fork' --no-fork --fork -- true
refused '--no-fork contradicts --pid: a new pid namespace needs a second process' --no-fork --pid -- true
refused '--no-fork contradicts --time: a new time namespace needs a second process' --no-fork --time -- true
refused '--no-fork contradicts --all: a new pid namespace needs a second process; add --share pid,time' --no-fork --all -- true
refused '--map-self contradicts --map-user "1"' --map-self --map-user 1 -- true
refused '--map-self contradicts --map-group "1"' --map-group 1 --map-self -- true
refused '--map-self contradicts --map-root-user' -r -c -- true
refused '--no-proc contradicts --mount-proc' --pid --no-proc --mount-proc -- true
refused '--version goes with no command, but was given "true"' --version -- true
refused '--help contradicts --version: one question at a time' --version --help
refused '--version contradicts --dump-options: one question at a time' --dump-options --version
refused '--completion goes with no command, but was given "true"' --completion bash true

# A word behind the command is the command's.
run nsrun -- echo --nonsense
ran 'options behind -- are the command'"'"'s' 0 --nonsense ''
run nsrun echo --uts -x
ran 'and those behind the command' 0 '--uts -x' ''

# Answers
run nsrun --version
like '--version' "$status $out$err" '^0 nsrun [0-9]+\.[0-9]+\.[0-9]+$'
for words in --help --help=all --help=files --version --dump-options '--completion bash' '--completion zsh' \
	'--completion fish' '--explain -- true' '--explain=json -- true'; do
	read -r -a how <<<"$words"
	run nsrun "${how[@]}"
	is "$words: answered" "$status ${out:+text}" '0 text'
	# shellcheck disable=SC2016
	run sh -c '"$@" >/dev/full' sh "${launcher[@]}" "${how[@]}"
	is "$words: a full device" "$status ${err%%$'\n'*}" \
		'125 nsrun: standard output: No space left on device'
	# shellcheck disable=SC2016
	run sh -c '"$@" >&-' sh "${launcher[@]}" "${how[@]}"
	is "$words: a closed descriptor" "$status ${err%%$'\n'*}" \
		'125 nsrun: standard output: Bad file descriptor'
done
run nsrun --help
ok '--help fits a screen of 24 lines' test "$(wc -l <<<"$out")" -le 24
ok '--help, --help=all and --explain fit 80 columns' test "$(
	{
		nsrun --help
		nsrun --help=all
		nsrun --explain --all -- true
	} 2>/dev/null | awk 'length > 80' | wc -l)" -eq 0

# The scripts load, and complete.
nsrun --completion bash >"$T/nsrun.bash"
nsrun --completion zsh >"$T/_nsrun"
nsrun --completion fish >"$T/nsrun.fish"
# shellcheck disable=SC2016
run bash -c '. "$1"
	COMP_WORDS=(nsrun --hostn) COMP_CWORD=1; _nsrun; echo "${COMPREPLY[*]}"
	COMP_WORDS=(nsrun --propagation s) COMP_CWORD=2; _nsrun; echo "${COMPREPLY[*]}"
	COMP_WORDS=(nsrun --share u) COMP_CWORD=2; _nsrun; echo "${COMPREPLY[*]}"' bash "$T/nsrun.bash"
ran 'bash completes' 0 $'--hostname\nslave shared\nuts user' ''
if has zsh; then
	# shellcheck disable=SC2016
	run zsh -f -c 'fpath=("$1" $fpath); autoload -U compinit; compinit -D -u; whence -w _nsrun; echo $_comps[nsrun]
		autoload +X _nsrun' zsh "$T"
	ran 'zsh loads it' 0 $'_nsrun: function\n_nsrun' ''
else
	skip 'zsh loads it' 'zsh is not installed'
fi
if has fish; then
	# shellcheck disable=SC2016
	HOME=$T run fish --no-config -c 'source $argv[1]; complete -C "nsrun --hostn" | string split -f 1 \t' "$T/nsrun.fish"
	ran 'fish completes' 0 --hostname ''
else
	skip 'fish completes' 'fish is not installed'
fi

finish
