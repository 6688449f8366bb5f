#!/usr/bin/env bash
# Which file the command is, and why it cannot be run.
. "$(dirname "$0")/../lib.sh"

step='nsrun: step 4 of 5, exec: execve'
enoent='No such file or directory (ENOENT)'
eacces='Permission denied (EACCES)'
hint='nsrun: hint:'
bin=$T/bin
mkdir "$bin"
# The directory that a bare name is looked for in.
export PATH=$bin:/usr/bin:/bin

run nsrun -- nonesuch
ran 'not found' 127 '' "$step(\"nonesuch\", [\"nonesuch\"], environ): $enoent
$hint looked for in PATH, \"$PATH\""
run nsrun -- /nonesuch/x 1 2
ran 'a path that does not exist' 127 '' "$step(\"/nonesuch/x\", [\"/nonesuch/x\", \"1\", \"2\"], environ): $enoent"
run nsrun -- ./nonesuch
ran 'a relative one' 127 '' "$step(\"./nonesuch\", [\"./nonesuch\"], environ): $enoent"
run nsrun -- ''
ran 'an empty name' 127 '' "$step(\"\", [\"\"], environ): $enoent"
run nsrun -- $'a\nb\e\xff'
ran 'a name with control bytes' 127 '' "$step(\"a\\nb\\033\\377\", [\"a\\nb\\033\\377\"], environ): $enoent
$hint looked for in PATH, \"$PATH\""
run nsrun -- nonesuch 1 2 3 4 5 6 7 8 9
ran 'many arguments are shortened' 127 '' \
	"$step(\"nonesuch\", [\"nonesuch\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", ...], environ): $enoent
$hint looked for in PATH, \"$PATH\""

run nsrun -- "$bin"
ran 'a directory' 126 '' "$step(\"$bin\", [\"$bin\"], environ): $eacces
$hint \"$bin\" is a directory"
mkdir "$bin/folder"
run nsrun -- folder
ran 'a directory found in PATH' 126 '' "$step(\"folder\", [\"folder\"], environ): $eacces
$hint \"$bin/folder\" is a directory"
run nsrun -- /etc/passwd/x
ran 'below a file' 126 '' "$step(\"/etc/passwd/x\", [\"/etc/passwd/x\"], environ): Not a directory (ENOTDIR)"
ln -s loop "$bin/loop"
run nsrun -- "$bin/loop"
ran 'a link to itself' 126 '' \
	"$step(\"$bin/loop\", [\"$bin/loop\"], environ): Too many levels of symbolic links (ELOOP)"

echo 'echo script' >"$bin/plain"
run nsrun -- "$bin/plain"
ran 'no execute permission' 126 '' "$step(\"$bin/plain\", [\"$bin/plain\"], environ): $eacces
$hint \"$bin/plain\" has no execute permission for this caller"
run nsrun -- plain
ran 'and in PATH' 126 '' "$step(\"plain\", [\"plain\"], environ): $eacces
$hint \"$bin/plain\" has no execute permission for this caller"

printf '#!/nonesuch/interpreter -x\n' >"$bin/scripted"
chmod +x "$bin/scripted"
run nsrun -- "$bin/scripted"
ran 'a missing interpreter' 126 '' "$step(\"$bin/scripted\", [\"$bin/scripted\"], environ): $enoent
$hint \"$bin/scripted\" wants \"/nonesuch/interpreter\", which is missing here"
run nsrun -- scripted
ran 'a missing interpreter, by PATH' 126 '' "$step(\"scripted\", [\"scripted\"], environ): $enoent
$hint \"$bin/scripted\" wants \"/nonesuch/interpreter\", which is missing here"
printf '#!plain\n' >"$bin/chain"
chmod +x "$bin/chain"
run nsrun -- "$bin/chain"
ran 'an interpreter that is looked for here' 126 '' "$step(\"$bin/chain\", [\"$bin/chain\"], environ): $enoent
$hint \"$bin/chain\" wants \"plain\", which is missing here"

loader=$(perl -0777 -ne 'print $1 if m{(/lib\w*/ld-[^\0]*)}' /bin/true)
perl -pe 's{/lib(\w*/ld-)}{/nib$1}' /bin/true >"$bin/loaderless"
chmod +x "$bin/loaderless"
run nsrun -- "$bin/loaderless"
ran 'a missing loader' 126 '' "$step(\"$bin/loaderless\", [\"$bin/loaderless\"], environ): $enoent
$hint \"$bin/loaderless\" wants \"${loader/lib/nib}\", which is missing here"

# e_machine of no machine
perl -0777 -pe 'substr($_, 18, 2) = "\xfe\x7f"' "$(helper empty)" >"$bin/foreign"
chmod +x "$bin/foreign"
run nsrun -- "$bin/foreign"
ran 'an ELF file of another machine' 126 '' \
	"$step(\"$bin/foreign\", [\"$bin/foreign\"], environ): Exec format error (ENOEXEC)
$hint \"$bin/foreign\" is an ELF file that this kernel does not run"

if is_root; then
	unshare=(unshare --mount)
else
	unshare=(unshare --user --map-root-user --mount)
fi
mkdir "$T/noexec"
# shellcheck disable=SC2016
run "${unshare[@]}" sh -c 'mount -t tmpfs -o noexec none "$1" && cp /bin/true "$1" && shift && exec "$@"' \
	sh "$T/noexec" "${launcher[@]}" -- "$T/noexec/true"
ran 'on a mount with noexec' 126 '' "$step(\"$T/noexec/true\", [\"$T/noexec/true\"], environ): $eacces
$hint \"$T/noexec/true\" lies on a mount with noexec"

# Neither ELF nor #!
# shellcheck disable=SC2016
echo 'echo "$#: $1 $2"; exit 6' >"$bin/bare"
chmod +x "$bin/bare"
run nsrun -- "$bin/bare" one 'two three'
ran 'a file without #! goes to /bin/sh' 6 '2: one two three' ''
run nsrun -- bare one
ran 'and from PATH' 6 '1: one ' ''
: >"$bin/nothing"
chmod +x "$bin/nothing"
run nsrun -- nothing
ran 'an empty file too' 0 '' ''
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "$0 $1"\n' >"$bin/hash"
chmod +x "$bin/hash"
run nsrun -- hash 1
ran 'a file with #!' 0 "$bin/hash 1" ''

# The search
mkdir "$T/first" "$T/second" "$T/closed"
printf '#!/bin/sh\necho first\n' >"$T/first/tool"
printf '#!/bin/sh\necho second\n' >"$T/second/tool"
chmod +x "$T/first/tool" "$T/second/tool"
PATH="$T/first:$T/second:/bin" run nsrun -- tool
ran 'the first in PATH' 0 first ''
chmod -x "$T/first/tool"
PATH="$T/first:$T/second:/bin" run nsrun -- tool
ran 'what cannot be executed is passed over' 0 second ''
PATH="/etc/passwd:/nonesuch:$T/second" run nsrun -- tool
ran 'so is what is no directory' 0 second ''
printf '#!/nonesuch\n' >"$T/first/tool"
chmod +x "$T/first/tool"
cd "$T/second" || exit
PATH='' run nsrun -- tool
ran 'an empty PATH is the working directory' 0 second ''
PATH=/nonesuch: run nsrun -- tool
ran 'an empty entry too' 0 second ''
PATH=. run nsrun -- tool
ran 'a relative entry' 0 second ''
PATH=nonesuch:../second run nsrun -- tool
ran 'and one that climbs' 0 second ''
PATH=/usr/bin:/bin run nsrun -- ./tool
ran 'a name with a slash is not looked for' 0 second ''
cd "$T/cwd" || exit
PATH='' run nsrun -- nonesuch
ran 'not found in an empty PATH' 127 '' "$step(\"nonesuch\", [\"nonesuch\"], environ): $enoent
$hint looked for in PATH, \"\""
run env -u PATH "${launcher[@]}" -- true
ran 'without PATH, libc'"'"'s default' 0 '' ''
run env -u PATH "${launcher[@]}" -- nonesuch
ran 'not found there' 127 '' "$step(\"nonesuch\", [\"nonesuch\"], environ): $enoent
$hint looked for in PATH, \"/bin:/usr/bin\" (libc's default: PATH is not set)"
chmod 000 "$T/closed"
if is_root; then
	# Nothing is closed to root.
	PATH=$T/closed run nsrun -- nonesuch
	ran 'a closed directory in PATH' 127 '' "$step(\"nonesuch\", [\"nonesuch\"], environ): $enoent
$hint looked for in PATH, \"$T/closed\""
else
	PATH=$T/closed run nsrun -- nonesuch
	is 'a closed directory in PATH' "$status ${err%%$'\n'*}" \
		"126 $step(\"nonesuch\", [\"nonesuch\"], environ): $eacces"
fi
PATH=$T/second:/bin run nsrun --chdir / -- tool
ran 'PATH and --chdir' 0 second ''
cd "$T/second" || exit
PATH=. run nsrun --chdir / -- tool
is 'a relative PATH counts from --chdir' "$status ${err%%$'\n'*}" \
	"127 nsrun: step 5 of 6, exec: execve(\"tool\", [\"tool\"], environ): $enoent"
cd "$T/cwd" || exit

# Size
mapfile -t many < <(seq 50000)
# shellcheck disable=SC2016
run nsrun -- sh -c 'echo "$# ${50000}"' sh "${many[@]}"
is '50,000 arguments' "$status $out $err" '0 50000 50000 '
# shellcheck disable=SC2016
echo 'eval "echo $# \${$#}"' >"$bin/bare"
run nsrun -- bare "${many[@]}"
is '50,000 arguments for a file without #!' "$status $out $err" '0 50000 50000 '
run nsrun -- nonesuch "${many[@]}"
is '50,000 arguments for nothing' "$status" 127
words=()
for i in {1..10}; do
	words+=("V$i=$(printf '%100000s' "$i")")
done
# shellcheck disable=SC2016
run env "${words[@]}" "${launcher[@]}" -- sh -c 'echo "${#V1} ${#V10}"'
ran 'a megabyte of environment' 0 '100000 100000' ''
run env -i "${launcher[@]}" -- /usr/bin/env
ran 'an empty environment stays empty' 0 '' ''
run env -i A=1 B= =x "${launcher[@]}" -- /usr/bin/env
ran 'the environment is handed on as it is' 0 $'A=1\nB=\n=x' ''

# No name at all
run "$(helper inherit)" -0 "$NSRUN"
ran 'without argv[0]' 125 '' 'nsrun: no command is given, and standard input is no terminal for a shell'

finish
