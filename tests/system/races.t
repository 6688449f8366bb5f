#!/usr/bin/env bash
# Many at once: starters that race for one directory of --save, and launches side by side.
own_mounts=1
. "$(dirname "$0")/../lib.sh"

need root
rounds=$((50 / slow)) starters=20

# A starter says which namespace it is in, and in its trace whether it made that.
start() {
	nsrun --trace --uts --save "$T/kept" --join "$T/kept" -- readlink /proc/self/ns/uts \
		>"$T/round/$1.out" 2>"$T/round/$1.err" || echo "$?" >"$T/round/$1.failed"
}

# Nobody fails, one makes it, all are in the same, and it is the one that is kept.
judge() {
	local failed made there

	failed=$(find "$T/round" -name '*.failed' | wc -l)
	made=$(cat "$T/round/"*.err | grep -c 'save.unlock: .* = 0')
	there=$(cat "$T/round/"*.out | sort -u)
	[[ $failed == 0 && $made == 1 && $there == "uts:[$(stat -Lc %i "$T/kept/uts")]" ]] || {
		echo "failed $failed, made $made, in: ${there//$'\n'/ }"
		grep -h 'nsrun: ' "$T/round/"*.err | grep -v 'nsrun: trace: ' | sort | uniq -c
		return 1
	} >>"$T/lost"
}

won=0
: >"$T/lost"
for ((round = 0; round < rounds; round++)); do
	mkdir "$T/round"
	for ((i = 0; i < starters; i++)); do
		start "$i" &
	done
	wait
	! judge || ((++won))
	nsrun --release "$T/kept" || break
	rm -r "$T/round"
done
echo "# $rounds rounds of $starters starters: in $won one made it and all others joined it"
is 'of many starters one makes it, the others join it' "$won" "$rounds"
((won == rounds)) || diagnose "$(head -n 20 "$T/lost")"

# What is kept outlives its maker, and is joined by a later one.
run nsrun --uts --hostname first --save "$T/kept" --join "$T/kept" -- hostname
ran 'the first makes it' 0 first ''
run nsrun --uts --hostname second --save "$T/kept" --join "$T/kept" -- hostname
ran 'the second joins it, and changes nothing' 0 first ''
run nsrun --uts --net --save "$T/kept" --join "$T/kept" -- sh -c 'readlink /proc/self/ns/net'
ok 'a kind that is not kept there is made' test "$out" != "$(readlink /proc/self/ns/net)"
ok 'and not added to it' test ! -e "$T/kept/net"
run timeout -k 1 10 nsenter --uts="$T/kept/uts" "$NSRUN" --uts --hostname third --save "$T/kept" --join "$T/kept" -- hostname
ran 'who is in all of them already stays there' 0 first ''
hold --uts --pid --no-proc --save "$T/pid"
umount "$T/pid/uts"
rm "$T/pid/uts"
run timeout -k 1 10 "$NSRUN" --uts --pid --no-proc --save "$T/pid" --join "$T/pid" -- true
is 'a directory that has nothing to be joined is full' "$status $(tail -n 1 <<<"$err")" \
	"125 nsrun: hint: \"$T/pid\" has \"pid\" in it, as from an earlier --save; --release \"$T/pid\" lets that go"
drop TERM
nsrun --release "$T/pid"
nsrun --release "$T/kept"
mkdir "$T/full"
touch "$T/full/file"
run nsrun --uts --save "$T/full" --join "$T/full" -- true
ran 'a directory with something else in it' 125 '' \
	"nsrun: --join: \"$T/full\": no namespace files are in that directory"
rm -r "$T/full"

# 500 launches by 8 workers.
launches=$((500 / slow)) workers=8
work() {
	local i kinds=(--uts '--uts --ipc' --pid '--time --pid' '--user --uts' "${every[*]} --user")

	[[ -e /proc/self/ns/time ]] || kinds[3]='--net --pid'

	for ((i = $1; i < launches; i += workers)); do
		# shellcheck disable=SC2086
		nsrun ${kinds[i % ${#kinds[@]}]} -- sh -c "exit $((i % 100))" 2>>"$T/worker.$1"
		[[ $? == $((i % 100)) ]] || echo "launch $i" >>"$T/worker.$1"
	done
}
for ((i = 0; i < workers; i++)); do
	work "$i" &
done
wait
is "$launches launches by $workers workers" "$(cat "$T"/worker.*)" ''
finish
