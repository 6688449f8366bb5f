#!/usr/bin/env bash
# A root of one's own: what the command sees, what stays of it outside, and that no link leads out of it.
. "$(dirname "$0")/../lib.sh"

# fits NAME GOT PATTERN: a pattern as file names have them.
fits() {
	# shellcheck disable=SC2053 # a pattern
	if [[ $2 == $3 ]]; then
		pass "$1"
	else
		is "$1" "$2" "$3"
	fi
}

as=(--mount)
is_root || as+=(--user)
run "${launcher[@]}" "${as[@]}" --ro-bind / / -- true
if [[ $err == *ENOSYS* ]]; then
	fits 'without mount_setattr(2) a bind names the version' "$err" '*hint: mount_setattr(2) came with Linux 5.12*'
	finish
	exit
fi

usr=(--empty-root --host-usr)
mkdir "$T/dir" "$T/tree" "$T/tree/in" "$T/outside"
echo one >"$T/dir/file"
hosts=$(sort /proc/self/mountinfo)

# Roots.
run "${launcher[@]}" "${as[@]}" "${usr[@]}" -- ls /
is '--empty-root --host-usr: nothing else' "$status $(tr '\n' ' ' <<<"$out")" \
	"0 $(cd / && for n in bin lib lib32 lib64 libx32 sbin usr; do [[ ! -e $n && ! -L $n ]] || printf '%s ' $n; done)"
run "${launcher[@]}" "${as[@]}" --root "$T/tree" --host-usr --ro-bind "$T/dir" /d -- cat /d/file
is '--root' "$status $out" '0 one'
is '--root: places stay, and nothing in them' "$(find "$T/tree/d" -type f | wc -l)" 0
run "${launcher[@]}" "${as[@]}" "${usr[@]}" --tmpfs /tmp -- sh -c 'cd /; for i in 1 2 3 4 5 6; do cd ..; done
	mkdir /tmp/r; chroot /tmp/r /bin/true 2>/dev/null; ls -d /etc /root /home /proc/1 2>/dev/null; pwd'
is 'the old root is out of reach' "$status $out" '0 /'
# shellcheck disable=SC2016 # the command's
run "${launcher[@]}" "${as[@]}" --pid --read-only --tmpfs /tmp -- sh -c 'touch /tmp/x && echo tmp
	for d in / /var /usr /etc; do touch $d/.nsrun-test 2>/dev/null && echo $d; done; awk "{ print \$6 }" /proc/self/mountinfo | grep -c ^rw'
is '--read-only, and one writable corner beside /proc' "$status $out" $'0 tmp\n2'
run "${launcher[@]}" "${as[@]}" --tmpfs /mnt -w /mnt -- pwd
is '--chdir' "$out" /mnt
run env -C "$T/dir" "${launcher[@]}" "${as[@]}" --tmpfs /mnt -- pwd
is 'the same directory' "$out" "$T/dir"
run env -C "$T/dir" "${launcher[@]}" "${as[@]}" "${usr[@]}" -- pwd
is 'or /' "$out" /

# Operations.
run "${launcher[@]}" "${as[@]}" --pid --tmpfs "$T/dir" --bind "$T/dir" /mnt -- cat /mnt/file
is 'the source is what the caller sees, also after an operation on it' "$status $out" '0 one'
run env -C "$T" "${launcher[@]}" "${as[@]}" --ro-bind dir tree/in -- cat "$T/tree/in/file"
is 'relative paths count from the working directory' "$status $out" '0 one'
flags() {
	run "${launcher[@]}" "${as[@]}" --pid "$@" /mnt -- sh -c "awk '\$5 == \"/mnt\" { print \$6 }' /proc/self/mountinfo"
}
flags --bind "$T/dir"
fits '--bind' "$out" 'rw,*nosuid,nodev*'
flags --ro-bind "$T/dir"
fits '--ro-bind' "$out" 'ro,*nosuid,nodev*'
flags --dev-bind "$T/dir"
fits '--dev-bind: no nodev' "$out $([[ $out == *nodev* ]] || echo none)" '*nosuid*none'
flags --ro-bind /
is '--ro-bind: all below too' "$(grep -vc ^ro <<<"$out")" 0
run "${launcher[@]}" "${as[@]}" --perms 711 --size 64K --tmpfs /mnt -- sh -c 'stat -c %a /mnt; head -c 1M /dev/zero >/mnt/x'
is '--perms and --size' "$status ${out%%$'\n'*}" '1 711'
run "${launcher[@]}" "${as[@]}" --bind-try "$T/none" /mnt -- echo ran
is '--bind-try of nothing' "$status $out" '0 ran'
run "${launcher[@]}" "${as[@]}" "${usr[@]}" --perms 700 --dir /a/b --symlink b /a/c --chmod 750 /a -- stat -c '%a %N' /a /a/b /a/c
is '--dir, --symlink, --chmod' "$out" $'750 \'/a\'\n700 \'/a/b\'\n777 \'/a/c\' -> \'b\''
run "${launcher[@]}" "${as[@]}" "${usr[@]}" --tmpfs /a --remount-ro /a -- touch /a/x
is '--remount-ro' "$status" 1
run "${launcher[@]}" "${as[@]}" --pid --ipc --net "${usr[@]}" --sysfs /sys --mqueue /q --proc /p --dev /dev --tmpfs /tmp -- \
	bash -c ': >/dev/null; cat <(echo fd); ls /sys/class/net; ls /p/1/comm; stat -fc %T /q /dev/pts; ls /dev/pts; stat -c %a /dev/shm'
is '--sysfs, --mqueue, --proc, --dev' "$status $(tr '\n' ' ' <<<"$out")" '0 fd lo /p/1/comm mqueue devpts ptmx 1777 '
run "${launcher[@]}" "${as[@]}" --pid --ro-bind / / --tmpfs /tmp -- sh -c 'ls /tmp; cat /proc/1/comm'
is '/proc goes behind what lies over it' "$status $out" "0 sh"

# What is refused.
refused() {
	local name=$1 wanted=$2
	shift 2
	run "${launcher[@]}" "${as[@]}" "$@" -- true
	fits "$name" "$status $err" "125 nsrun: $wanted"
}
nowhere=/nowhere-$$
refused 'a place that is missing in the host'\''s tree' "step *files.mount: mount_inside(\"tmpfs\", \"$nowhere\", *: No such file or directory (ENOENT)
nsrun: hint: \"$nowhere\" does not exist, and nsrun makes places only in what it mounted new or in --root DIR; --dir is the explicit wish" \
	--tmpfs "$nowhere"
refused 'below a bind' "*hint: \"/mnt/new\" does not exist, *" --bind "$T/dir" /mnt --tmpfs /mnt/new
is 'nothing was made' "$(ls -d "$nowhere" "$T/dir/new" 2>/dev/null)" ''
refused 'a source that is missing' "*hint: there is no \"$T/none\" to be taken from the caller's files" --bind "$T/none" /mnt
refused 'what a later one hides' '--tmpfs "/mnt/a" would be hidden by --bind "/mnt" behind it' --tmpfs /mnt/a --bind "$T/dir" /mnt
refused 'two on one place' '--tmpfs "/mnt" would be hidden by --tmpfs "/mnt/." behind it' --tmpfs /mnt --tmpfs /mnt/.
refused '--perms for none' '--perms: no operation follows that takes it' --perms 700
refused '--size for --dir' '--dir takes no --size' --size 1M --dir /mnt
refused '--propagation unchanged' '--propagation "unchanged" contradicts --tmpfs: what is mounted for the new root would reach the host' \
	--propagation unchanged --tmpfs /mnt
refused 'a file on a directory' '*hint: "/mnt" and what is mounted there are not both directories or both files' \
	--bind "$T/dir/file" /mnt

# Links.
ln -s "$T/outside" "$T/tree/absolute"
ln -s "../../../../../../../../../../../..$T/outside" "$T/tree/relative"
ln -s loop "$T/tree/loop"
ln -s in "$T/tree/inside"
for link in absolute relative; do
	refused "$link, which leads nowhere inside" "*hint: \"/$link/new\" passes a link that leads nowhere" \
		--root "$T/tree" --tmpfs "/$link/new"
done
refused 'a link to itself' '*(ELOOP)*' --root "$T/tree" --tmpfs /loop/new
run "${launcher[@]}" "${as[@]}" --root "$T/tree" --host-usr --tmpfs /inside/new -- ls /in
is 'a link inside is followed' "$status $out" '0 new'
is 'nothing outside' "$(ls -A "$T/outside")" ''

# A hostile root: a directory and a link to the outside change places all the time.
mkdir -p "$T/hostile/real" "$T/hostile/usr"
ln -s "$T/outside" "$T/hostile/link"
python3 -c '
import ctypes, sys
libc = ctypes.CDLL(None)
real, link = (sys.argv[1] + "/" + n for n in ("real", "link"))
while True:
    libc.renameat2(-100, real.encode(), -100, link.encode(), 2)
' "$T/hostile" &
swapper=$!
placed=0 turned_down=0
for ((i = 0; i < 100; i++)); do
	run "${launcher[@]}" "${as[@]}" --root "$T/hostile" --host-usr --dir "/real/new$i/deep" --tmpfs "/real/new$i/deep" -- true
	case $status in
	0) ((++placed)) ;;
	125) ((++turned_down)) ;;
	esac
done
kill "$swapper"
wait "$swapper" 2>/dev/null
echo "# a hostile root, 100 launches: $placed found the directory, $turned_down the link, and were refused"
is 'each ended in one of two ways' $((placed + turned_down)) 100
is 'nothing outside' "$(ls -A "$T/outside")" ''

# Many.
many=()
for ((i = 0; i < 300; i++)); do
	many+=(--ro-bind "$T/dir" "/m/$i")
done
run "${launcher[@]}" "${as[@]}" --pid "${usr[@]}" "${many[@]}" -- sh -c 'cat /m/*/file | sort | uniq -c'
fits '300 binds' "$status $out" '0 *300 one'
is "the host's mounts are as before" "$(sort /proc/self/mountinfo)" "$hosts"

finish
