#!/usr/bin/env bash
# The new root and what is put into it, seen from inside; and that nothing reaches what is outside.
# shellcheck disable=SC2016,SC2034
own_mounts=1
. "$(dirname "$0")/../lib.sh"

# A fresh /proc in a user namespace takes a PID namespace.
if is_root; then
	as=(--pid)
	unshare=(unshare --mount --propagation private)
else
	as=(--user --pid)
	unshare=(unshare --user --map-root-user --mount --propagation private)
fi

# What a command needs, wherever it is here.
system=(--ro-bind /usr /usr)
for dir in /bin /sbin /lib*; do
	if [[ -L $dir ]]; then
		system+=(--symlink "$(readlink "$dir")" "$dir")
	else
		system+=(--ro-bind "$dir" "$dir")
	fi
done

R=$T/root
O=$T/outside
W=$T/work
mkdir "$R" "$O" "$W"
echo secret >"$T/secret"

files() {
	run timeout -s KILL $((10 * slow)) "${launcher[@]}" "${as[@]}" "$@"
	err=$(sed -E 's/step [0-9]+ of [0-9]+/step N of M/' <<<"$err")
}

# in_tree SCRIPT ARG...: nsrun where SCRIPT has made mounts.  It is root there already.
in_tree() {
	run timeout -s KILL $((10 * slow)) "${unshare[@]}" sh -c "set -e; $1"'; exec "$@"' sh "${launcher[@]}" --pid "${@:2}"
	err=$(sed -E 's/step [0-9]+ of [0-9]+/step N of M/' <<<"$err")
}

fresh() {
	rm -rf "$R" "$O"
	mkdir "$R" "$O"
}

# Mount points, and the attributes that an operation sets, as the payload has them.
points='cut -d" " -f5 /proc/self/mountinfo | sort | tr "\n" " "'
flags='
flags() {
	while read -r _ _ _ _ at options _; do
		[ "$at" != "$1" ] || found=${options%,*atime}
	done </proc/self/mountinfo
	echo "$1 $found"
}
'
missing='does not exist, and nsrun makes places only in what it mounted new or in --root DIR; --dir is the explicit wish'
dangles='passes a link that leads nowhere, or .. behind what does not exist'
tmpfs='MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV, "mode=0755"'

# refused NAME STEP CALL ERRNO [HINT]
refused() {
	ran "$1" 125 '' "nsrun: step N of M, $2: $3: $4${5:+
nsrun: hint: $5}"
}
enoent='No such file or directory (ENOENT)'

run "${launcher[@]}" "${as[@]}" --ro-bind / / -- true
if [[ $err == *ENOSYS* ]]; then
	like 'without mount_setattr(2) the version is named' "$err" 'hint: mount_setattr\(2\) came with Linux 5\.12$'
	finish
	exit
fi

saw() {
	[[ $status == 0 && $out == "$1" && $err == '' ]]
}

### The root

echo here >"$R/mine"
files --root "$R" "${system[@]}" sh -c "$points"
wanted=$(printf '%s\n' / /proc /usr | sort | tr '\n' ' ')
if [[ -L /bin ]]; then
	ran '--root: its mounts and no others' 0 "${wanted% } " ''
else
	skip '--root: its mounts and no others' '/usr is not merged here'
fi
files --root "$R" "${system[@]}" sh -c 'cat /mine; pwd; test -e "$1" || echo gone' sh "$T/secret"
ran '--root: its files, / as working directory, none of the host' 0 $'here\n/\ngone' ''
mkdir -p "$R$T/cwd"
files --root "$R" "${system[@]}" pwd
ran '--root: the same working directory where it is inside' 0 "$T/cwd" ''
files --root "$R" -w /usr "${system[@]}" pwd
ran '--root -w' 0 /usr ''
files --root "$R" -w /nope "${system[@]}" pwd
refused '--root -w: not there' chdir 'chdir("/nope")' "$enoent"
files --root ../root "${system[@]}" cat /mine
ran '--root: a relative directory' 0 here ''
files --root "$T/nope" true
refused '--root: not there' root.tree "begin_root(\"$T/nope\")" "$enoent" \
	"there is no \"$T/nope\" to be taken from the caller's files"
files --root "$R" --empty-root true
ran '--root and --empty-root' 125 '' "nsrun: --root \"$R\" contradicts --empty-root"
fresh
files --empty-root "${system[@]}" sh -c 'ls -A / | tr "\n" " "; stat -f -c %T /; stat -c %a /'
like '--empty-root: a tmpfs with what was asked for' "$status $out" \
	$'^0 bin (lib[a-z0-9]* )+proc sbin usr tmpfs\n755$'
files --no-proc --empty-root "${system[@]}" sh -c 'test -d /proc || echo none'
ran '--no-proc: none' 0 none ''
files --tmpfs "$W" sh -c 'cat "$1"; pwd; stat -f -c %T "$2"' sh "$T/secret" "$W"
ran "the host's tree, with one mount more" 0 "secret
$T/cwd
tmpfs" ''
files --propagation unchanged --tmpfs "$W" true
ran '--propagation unchanged' 125 '' \
	'nsrun: --propagation "unchanged" contradicts --tmpfs: what is mounted for the new root would reach the host'
for how in private slave shared; do
	in_tree 'mount --make-rshared /' --propagation "$how" --root "$R" "${system[@]}" true
	is "--propagation $how" "$status $err" '0 '
done
run "${unshare[@]}" sh -c 'mount --make-rshared /; cat /proc/self/mountinfo >"$1/one"
	for how in private slave shared; do "$0" --propagation $how --tmpfs "$1" true; done
	cat /proc/self/mountinfo | cmp - "$1/one"' "$NSRUN" "$W"
ran 'whatever the propagation, nothing reaches the host' 0 '' ''
rm "$W/one"

# The way out of a chroot, which needs the capability that this payload has.  With an operation on / there was a
# root more to be taken off.  (perl -e opens /dev/null.)
cat >"$T/climb" <<'END'
	my ($secret) = @ARGV;
	mkdir "/c"; mkdir "/c/d";
	my @found;
	for my $try (1 .. 3) {
		chroot("/c") or die "chroot: $!" if $try > 1;
		chdir("..") for 1 .. 100;
		chroot(".") or die "chroot: $!";
		push @found, $_ for grep { -e $_ } $secret, "/proc/1/root$secret", "/proc/self/root$secret", "/proc/1/cwd$secret",
			map { "$_$secret" } glob "/proc/self/fd/*";
	}
	opendir my $root, "/"; my @names = sort grep { !/^\.\.?$/ } readdir $root;
	print "found: @found\nroot: @names\n"
END
for root in "--root $R" --empty-root '--tmpfs /'; do
	read -r -a words <<<"$root"
	fresh
	files "${words[@]}" "${system[@]}" --ro-bind "$T/climb" /climb perl /climb "$T/secret"
	like "$root: no way out by chroot" "$status $out" $'^0 found: \nroot: bin c climb (lib[a-z0-9]* )+proc sbin usr$'
	files "${words[@]}" "${system[@]}" sh -c 'umount -l / 2>&-; test ! -e "$1" && echo gone; umount -l / 2>&-; test ! -e "$1"' sh "$T/secret"
	ran "$root: nothing below the root" 0 gone ''
done
# A bind is no place to make anything in: all that is needed must be there.
fresh
files --root "$R" "${system[@]}" true
touch "$R/climb"
mkdir "$R/c"
files --bind "$O" / --bind "$R" / "${system[@]}" --ro-bind "$T/climb" /climb perl /climb "$T/secret"
like 'two binds over the root: no way out by chroot' "$status $out" $'^0 found: \nroot: bin c climb (lib[a-z0-9]* )+proc sbin usr$'
files --bind "$O" / --bind "$R" / "${system[@]}" sh -c 'ls -d "/..$1" "/../..$1" 2>&-; grep -c " / / " /proc/self/mountinfo; grep -c "" /proc/self/mountinfo' sh "$T/secret"
is 'two binds over the root: no mount of the old one is left' "$status ${out//$'\n'/ }" "0 0 3"
for kinds in '--mount' '--mount --no-fork'; do
	is_root || kinds+=' --user'
	read -r -a words <<<"$kinds"
	fresh
	run nsrun "${words[@]}" --root "$R" "${system[@]}" sh -c 'test -e "$1" || echo gone' sh "$T/secret"
	ran "$kinds --root" 0 gone ''
done

### Read-only

in='echo >"$1" && echo written; rm -f "$1"'
files --read-only sh -c "$in" sh "$W/x"
is '--read-only' "$status $out" '0 '
files --read-only --tmpfs "$W" sh -c "$in" sh "$W/x"
ran '--read-only: a writable corner' 0 written ''
in_tree "mount -t tmpfs none $W; mkdir $W/in; mount -t tmpfs none $W/in" --read-only sh -c "$flags flags $W; flags $W/in"
is '--read-only: recursively' "$status $out" "0 $W ro
$W/in ro"
fresh
files --read-only --root "$R" "${system[@]}" --tmpfs /corner sh -c "$flags"'flags /; echo >/x; echo >/corner/x && echo written' 2>&1
is '--read-only --root: places are made, then it is sealed' "$status $out" $'0 / ro\nwritten'
files --read-only --tmpfs / "${system[@]}" sh -c 'echo >/x && echo written'
ran '--read-only: not what is mounted over the root' 0 written ''
in_tree "mount --bind $R $R; mount -o remount,bind,ro $R" --user --read-only --root "$R" "${system[@]}" sh -c "$in" sh /x
is '--read-only: of what is so for good' "$status $out" '0 '

### Binds

mkdir "$W/src" "$W/dst"
echo one >"$W/src/f"
files --bind "$W/src" "$W/dst" cat "$W/dst/f"
ran '--bind' 0 one ''
files --bind "$W/src" "$W/dst" sh -c 'echo new >"$1/n"' sh "$W/dst"
is '--bind: writable' "$(cat "$W/src/n")" new
rm -f "$W/src/n"
files --ro-bind "$W/src" "$W/dst" sh -c "$in" sh "$W/dst/n"
is '--ro-bind: not' "$status $out" '0 '
two="mount -t tmpfs none $W/src; mkdir $W/src/in; mount -t tmpfs none $W/src/in"
for how in 'bind rw,nosuid,nodev' 'ro-bind ro,nosuid,nodev' 'dev-bind rw,nosuid'; do
	read -r option wanted <<<"$how"
	for try in '' -try; do
		in_tree "$two" "--$option$try" "$W/src" "$W/dst" sh -c "$flags flags $W/dst; flags $W/dst/in"
		ran "--$option$try: recursively $wanted" 0 "$W/dst $wanted
$W/dst/in $wanted" ''
	done
	files "--$option-try" "$W/nope" "$W/dst" sh -c 'mountpoint -q "$1" || echo nothing' sh "$W/dst"
	ran "--$option-try: nothing" 0 nothing ''
	files "--$option" "$W/nope" "$W/dst" true
	like "--$option: nothing" "$status $err" "^125 nsrun: step N of M, files.bind: bind_inside\\(\"$W/nope\", \"$W/dst\", [A-Z_|]+\\): No such file or directory \\(ENOENT\\)
nsrun: hint: there is no \"$W/nope\" to be taken from the caller's files\$"
done
fresh
files --root "$R" "${system[@]}" --ro-bind "$T/secret" /deep/er/file cat /deep/er/file
ran 'a file, in a place that is made' 0 secret ''
is 'and the place is a file' "$(stat -c '%F %a' "$R/deep/er/file" "$R/deep")" $'regular empty file 755\ndirectory 755'
files --bind "$T/secret" "$W/dst" true
refused 'a file over a directory' files.bind "bind_inside(\"$T/secret\", \"$W/dst\", MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV)" \
	'Invalid argument (EINVAL)' "\"$W/dst\" and what is mounted there are not both directories or both files"
# What the caller sees.
files --tmpfs "$W/src" --bind "$W/src" "$W/dst" sh -c 'cat "$1/dst/f"; ls -A "$1/src"' sh "$W"
ran 'SRC after an operation on its path' 0 one ''
files --bind "$W/dst" "$W/src" --bind "$W/src" "$W/dst" sh -c 'cat "$1/dst/f"; ls -A "$1/src"' sh "$W"
ran 'two that change places' 0 one ''
files --empty-root "${system[@]}" --ro-bind ../secret /s cat /s
ran 'a relative SRC' 0 secret ''
files --empty-root "${system[@]}" --ro-bind / /h cat "/h$T/secret"
ok 'SRC is /' saw secret
files --empty-root "${system[@]}" --ro-bind "/..$T/secret" /s cat /s
ok 'SRC passes .. in /' saw secret
files --empty-root "${system[@]}" --ro-bind "../../../../../../..$T/secret" /s cat /s
ok 'a relative SRC passes /' saw secret
ln -s "../../../../../../..$T/secret" "$W/climbs"
files --empty-root "${system[@]}" --ro-bind "$W/climbs" /s cat /s
ok 'SRC is a relative link that passes /' saw secret

### The options that stand for several

files --empty-root --host-usr -- ls /
is '--host-usr: as they are here' "$status $(tr '\n' ' ' <<<"$out")" \
	"0 $(cd / && for n in bin lib lib32 lib64 libx32 proc sbin usr; do [[ ! -e $n && ! -L $n ]] || printf '%s ' $n; done)"
files --empty-root --host-usr --dev /dev --tmpfs /tmp -- bash -c ': >/dev/null; cat <(echo fd); stat -fc %T /dev/pts
	ls /dev/pts; stat -c %a /dev/shm; head -c 2 /dev/zero | wc -c; readlink /dev/ptmx'
ran '--dev' 0 $'fd\ndevpts\nptmx\n1777\n2\npts/ptmx' ''
files --empty-root --host-usr --dev /dev -- /usr/bin/script -qec 'tty' /dev/null
like '--dev: a terminal of its own' "$status $out" '^0 /dev/pts/0'

### New file systems, directories, links

files --empty-root "${system[@]}" --tmpfs /a --perms 1777 --tmpfs /b --perms 700 --size 64K --tmpfs /c --tmpfs /d \
	sh -c "$flags"'stat -c %a /a /b /c /d; flags /a; grep -c " /c .*size=64k" /proc/self/mountinfo; grep -c " /d .*size=" /proc/self/mountinfo || :'
is '--tmpfs, --perms, --size' "$status $out" $'0 755\n1777\n700\n755\n/a rw,nosuid,nodev\n1\n0'
files --empty-root "${system[@]}" --size 64K --tmpfs /c sh -c 'head -c 65536 /usr/bin/perl >/c/x && ! head -c 70000 /usr/bin/perl 2>&- >/c/y && echo full'
is '--size is kept' "$status $out" '0 full'
files --net --empty-root "${system[@]}" --sysfs /sys --mqueue /q --proc /p sh -c "$flags"'flags /sys; flags /q; flags /proc; for i in sys q p; do stat -f -c %T /$i; done; ls /proc | wc -l' sh
like '--sysfs, --mqueue, --proc' "$status $out" \
	$'^0 /sys rw,nosuid,nodev,noexec\n/q rw,nosuid,nodev,noexec\n/proc rw,nosuid,nodev,noexec\nsysfs\n.*mqueue.*\nproc\n'
files --mqueue "$W/dst" sh -c 'test "$(readlink /proc/self/ns/ipc)" != "$1" && echo own' sh "$(readlink /proc/self/ns/ipc)"
ran '--mqueue implies --ipc' 0 own ''
files --empty-root "${system[@]}" --dir /a/b --perms 2750 --dir /c --perms 700 --dir /usr sh -c 'stat -c %a /a /a/b /c'
ran '--dir' 0 $'755\n755\n2750' ''
files --empty-root "${system[@]}" --symlink some/where /l --symlink some/where /l --symlink x /deep/l readlink /l /deep/l
ran '--symlink; one that is there may stay' 0 $'some/where\nx' ''
files --empty-root --symlink a /l --symlink b /l true
refused '--symlink: another' files.symlink 'link_inside("b", "/l")' 'File exists (EEXIST)'
files --empty-root "${system[@]}" --dir /a --chmod 1701 /a --chmod 0711 / stat -c %a /a /
ran '--chmod' 0 $'1701\n711' ''
files --empty-root "${system[@]}" --tmpfs /a --tmpfs /a/b --remount-ro /a sh -c "$flags"'flags /a; flags /a/b; flags /'
ran '--remount-ro: recursively from there' 0 $'/a ro,nosuid,nodev\n/a/b ro,nosuid,nodev\n/ rw,nosuid,nodev' ''
files --empty-root "${system[@]}" --remount-ro / --tmpfs /late true
refused 'in order: what is sealed is sealed' files.mount "mount_inside(\"tmpfs\", \"/late\", $tmpfs)" 'Read-only file system (EROFS)'
files --empty-root "${system[@]}" --dir /a --chmod 700 /nope true
refused '--chmod: not there' files.chmod 'chmod_inside("/nope", 0700)' "$enoent"
files --remount-ro /nope/nope true
refused '--remount-ro: not there' files.remount_ro 'seal_inside("/nope/nope")' "$enoent"
files --empty-root --dir /a --remount-ro /a true
refused '--remount-ro: no mount' files.remount_ro 'seal_inside("/a")' 'Invalid argument (EINVAL)'
files --dir "$T/secret" true
refused '--dir: a file' files.dir "directory_inside(\"$T/secret\", 0755)" 'Not a directory (ENOTDIR)'
umask 077
files --empty-root "${system[@]}" --dir /a/b --tmpfs /c/d stat -c %a /a /a/b /c /c/d
ran 'whatever the umask' 0 $'755\n755\n755\n755' ''
umask 022

### Where DEST leads

cd "$W" || exit
files --tmpfs dst --dir dst/in/side sh -c 'ls "$1"; pwd' sh "$W/dst"
ran 'a relative DEST' 0 "in
$W" ''
cd "$T/cwd" || exit
fresh
mkdir "$R/dir" "$O/dir"
echo kept >"$O/kept"
ln -s /dir "$R/absolute"
ln -s dir "$R/relative"
ln -s nowhere "$R/dangling"
ln -s one "$R/two"
ln -s two "$R/one"
ln -s "$O" "$R/out"
ln -s "../../../../../../../../../..$O" "$R/climb"
census_outside() {
	find "$O" "$T/secret" -printf '%p %y %m %s %T@ %l\n'
}
before=$(census_outside)
for link in absolute relative absolute/../relative dir/../../../absolute; do
	files --root "$R" "${system[@]}" --tmpfs "/$link/for.${link//\//.}" sh -c "$points"
	like "/$link leads to /dir" "$status $out" "^0 .*/dir/for.${link//\//.} "
done
is 'there the places were made' "$(find "$R/dir" -mindepth 1 -maxdepth 1 -printf '%f %y\n' | sort)" \
	$'for.absolute d\nfor.absolute....relative d\nfor.dir..........absolute d\nfor.relative d'
for option in tmpfs ro-bind dir symlink; do
	for place in dangling dangling/x out out/x out/dir/x climb/x climb/dir out/kept; do
		case $option in
		ro-bind) words=(--ro-bind "$T/secret" "/$place") ;;
		symlink) words=(--symlink x "/$place/link") ;;
		*) words=("--$option" "/$place") ;;
		esac
		files --root "$R" "${words[@]}" true
		is "--$option /$place: refused" "$status ${err##*nsrun: hint: }" \
			"125 \"${words[-1]}\" $dangles"
	done
done
files --root "$R" --tmpfs /dangling/x true
refused 'a link that dangles' files.mount "mount_inside(\"tmpfs\", \"/dangling/x\", $tmpfs)" "$enoent" "\"/dangling/x\" $dangles"
files --root "$R" --tmpfs /one/x true
refused 'links in a circle' files.mount "mount_inside(\"tmpfs\", \"/one/x\", $tmpfs)" 'Too many levels of symbolic links (ELOOP)'
files --root "$R" --tmpfs /new/../x true
refused '.. behind what is missing' files.mount "mount_inside(\"tmpfs\", \"/new/../x\", $tmpfs)" "$enoent" "\"/new/../x\" $dangles"
is 'and nothing was made' "$(find "$R" -name 'new*' -o -name x)" ''
long=$(printf '/abcdefghi%.0s' {1..450})
files --root "$R" --symlink x "$long/l" true
like 'too long a path' "$status $err" 'File name too long \(ENAMETOOLONG\)$'
is 'and none of it was made' "$(find "$R" -name 'abc*')" ''
for place in /../../../up/x /dir/../../../../../up/y; do
	files --root "$R" "${system[@]}" --tmpfs "$place" true
	is "$place stays inside" "$status $err" '0 '
done
is 'up is inside' "$(find "$R/up" | sort)" "$R/up
$R/up/x
$R/up/y"
# The same path inside as outside: now the links lead somewhere, and that is inside.
mkdir -p "$R$O/dir"
files --root "$R" "${system[@]}" --tmpfs /out/dir/m --dir /climb/dir/n sh -c "$points; ls /out/dir"
like 'a link to a place that is inside too' "$status $out" "^0 .*$O/dir/m .*m
n$"
is 'nothing outside has changed' "$(census_outside)" "$before"

### Missing places

before=$(find "$W" -printf '%p %y %m %T@\n')
files --tmpfs "$W/nope/x" true
refused "on the host's tree" files.mount "mount_inside(\"tmpfs\", \"$W/nope/x\", $tmpfs)" "$enoent" "\"$W/nope/x\" $missing"
files --bind "$W/src" "$W/dst" --tmpfs "$W/dst/nope" true
refused 'below a bind' files.mount "mount_inside(\"tmpfs\", \"$W/dst/nope\", $tmpfs)" "$enoent" "\"$W/dst/nope\" $missing"
files --ro-bind "$T/secret" "$W/nope" true
refused 'a file' files.bind "bind_inside(\"$T/secret\", \"$W/nope\", MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV)" \
	"$enoent" "\"$W/nope\" $missing"
files --symlink x "$W/nope" true
refused '--symlink' files.symlink "link_inside(\"x\", \"$W/nope\")" "$enoent" "\"$W/nope\" $missing"
files --empty-root "${system[@]}" --bind "$W/src" /b --tmpfs /b/nope true
refused 'below a bind in an empty root' files.mount "mount_inside(\"tmpfs\", \"/b/nope\", $tmpfs)" "$enoent" "\"/b/nope\" $missing"
is 'and nothing was made' "$(find "$W" -printf '%p %y %m %T@\n')" "$before"
files --tmpfs "$W/dst" --tmpfs "$W/dst/a/b" true
is 'below what is new: made' "$status $err" '0 '
files --dir "$W/wish/x" true
is '--dir is the explicit wish' "$status $err$(stat -c ' %a' "$W/wish/x")" '0  755'
# Half-way.
for second in "--bind $T/nope /two" '--tmpfs /one/file/x' '--chmod 755 /nope' '--remount-ro /nope'; do
	fresh
	read -r -a words <<<"$second"
	cut -d' ' -f5- /proc/self/mountinfo >"$T/one"
	files --no-proc --root "$R" --tmpfs /one --ro-bind "$T/secret" /one/file --ro-bind "$T/secret" /three "${words[@]}" true
	is "$second fails half-way" "$status $(cut -d' ' -f5- /proc/self/mountinfo | diff - "$T/one")" '125 '
	is "$second: only what was asked for" "$(find "$R" -mindepth 1 -printf '%P %y\n' | sort)" $'one d\nthree f'
done
rm "$T/one"

### What a later one hides, and the implied /proc

hidden() {
	files "${@:2}" true
	ran "${*:2}" 125 '' "nsrun: $1 behind it"
}
hidden '--tmpfs "/a/b" would be hidden by --tmpfs "/a"' --empty-root --tmpfs /a/b --tmpfs /a
hidden '--tmpfs "/a" would be hidden by --tmpfs "/a"' --empty-root --tmpfs /a --tmpfs /a
hidden '--ro-bind "/a" would be hidden by --tmpfs "//a/./"' --empty-root --ro-bind /usr /a --tmpfs //a/./
hidden '--tmpfs "/a" would be hidden by --bind "/a"' --empty-root --tmpfs /a --bind /usr /a
hidden '--proc "/proc" would be hidden by --bind "/"' --proc /proc --bind / /
hidden '--tmpfs "/a/b/c" would be hidden by --ro-bind "/a"' --empty-root --tmpfs /a/b/c --dir /z --tmpfs /a-b --ro-bind /usr /a
hidden '--tmpfs "cwd/x" would be hidden by --tmpfs "'"$T/cwd"'/cwd"' --empty-root --tmpfs cwd/x --tmpfs "$T/cwd/cwd"
for words in '--tmpfs /a/b --tmpfs /a-b --tmpfs /ab' '--tmpfs /a --tmpfs /a/b --tmpfs /a/b/c' '--tmpfs /a/b --dir /a --chmod 755 /a --remount-ro /a/b' \
	'--tmpfs /a/b --ro-bind-try /nope /a'; do
	read -r -a list <<<"$words"
	files --empty-root "${system[@]}" "${list[@]}" true
	ran "$words" 0 '' ''
done
count='grep -c " /proc " /proc/self/mountinfo; stat -f -c %T /proc'
files --empty-root "${system[@]}" sh -c "$count"
ran 'the implied /proc' 0 $'1\nproc' ''
files --empty-root "${system[@]}" --proc /proc sh -c "$count"
ran '--proc /proc takes its place' 0 $'1\nproc' ''
files --tmpfs / "${system[@]}" sh -c "$count; echo \$\$"
ran 'it goes behind what lies above it' 0 $'1\nproc\n1' ''
files --tmpfs /proc sh -c 'ls -A /proc; stat -f -c %T /proc'
ran '--tmpfs /proc takes its place' 0 tmpfs ''

### Words

says() {
	files "${@:2}" true
	ran "${*:2}" 125 '' "nsrun: $1"
}
says '--bind takes no --perms' --perms 700 --bind / /mnt
says '--dir takes no --size' --size 1K --dir /mnt
says '--perms: no operation follows that takes it' --tmpfs /mnt --perms 700
says '--size: no operation follows that takes it' --size 1K
says '--perms: "8": not an octal number up to 7777' --perms 8 --tmpfs /mnt
says '--perms: "17777": not an octal number up to 7777' --perms 17777 --tmpfs /mnt
says '--chmod: "x": not an octal number up to 7777' --chmod x /mnt
for size in 0 -1 1.5K 1KB 99999999999999999999 17179869184G; do
	says "--size: \"$size\": not a number of bytes above 0 (512, 64K, 10M, 1G)" --size "$size" --tmpfs /mnt
done
says '--tmpfs: "": an empty path' --tmpfs ''
says '--bind: "": an empty path' --bind '' /mnt
run nsrun --bind /usr
ran 'half a bind' 125 '' 'nsrun: --bind: a value is missing: --bind SRC DEST'

### Someone in --root DIR who changes it all the time

fresh
mkdir "$R/a"
ln -s "$O" "$R/l"
# Absolute links lead nowhere inside; this one to the same path, of which nobody may come out.
mkdir -p "$R$O"
perl -e 'chdir shift or die; $SIG{ALRM} = sub { exit }; alarm 120;
	my $n = 0;
	while (getppid == $ARGV[0]) {
		rename "a", "x"; rename "l", "a"; rename "a", "l"; rename "x", "a";
		if (++$n % 64 == 0) { unlink "l"; symlink $n % 128 ? $ARGV[1] : "../outside", "l" }
	}' "$R" $$ "$O" &
hostile=$!
mounts=$(</proc/self/mountinfo)
declare -A tally=([0]=0 [125]=0 [other]=0)
escaped=''
shopt -s nullglob dotglob
for ((i = 0; i < 200; i++)); do
	case $((i % 4)) in
	0) words=(--tmpfs /a/b) ;;
	1) words=(--bind "$W/src" /a/b/c) ;;
	2) words=(--dir /a/b/c --tmpfs /a/b/d) ;;
	3) words=(--ro-bind "$T/secret" /a/file --symlink x /a/link) ;;
	esac
	timeout -s KILL $((10 * slow)) "${launcher[@]}" "${as[@]}" --root "$R" "${system[@]}" "${words[@]}" true 2>"$T/err"
	code=$?
	[[ -v tally[$code] ]] || { code=other; diagnose "$(<"$T/err")"; }
	((++tally[$code]))
	left=("$O"/*)
	((${#left[@]} == 0)) || escaped+="run $i: ${left[*]} "
	# Old places would leave nothing to be made.
	for dir in "$R/a" "$R/x" "$R$O"; do
		[[ -L $dir ]] || rm -rf "${dir:?}"/{b,file,link} 2>/dev/null
	done
done
shopt -u nullglob dotglob
kill "$hostile"
wait "$hostile" 2>/dev/null
echo "# 200 starts in a root that changes: ${tally[0]} ran, ${tally[125]} were refused, ${tally[other]} ended otherwise; outside: ${escaped:-nothing}"
is 'a root that changes: nothing outside' "$escaped" ''
is 'a root that changes: no mount outside' "$(</proc/self/mountinfo)" "$mounts"
is 'a root that changes: it runs or is refused' "${tally[other]} $((tally[0] + tally[125]))" '0 200'
ok 'a root that changes: some ran' test "${tally[0]}" -gt 0

### Many

words=()
for ((i = 0; i < 300; i++)); do
	mkdir "$W/src/$i"
	echo "$i" >"$W/src/$i/number"
	words+=(--ro-bind "$W/src/$i" "/many/$i")
done
files --empty-root "${system[@]}" "${words[@]}" sh -c 'i=0; while [ $i -lt 300 ]; do read n </many/$i/number; [ $n = $i ] || echo $i; i=$((i + 1)); done; grep -c " /many/[0-9]* ro,nosuid,nodev" /proc/self/mountinfo'
ran '300 binds' 0 300 ''
words=()
for ((i = 0; i < 300; i++)); do
	words+=(--tmpfs "/many/$i")
done
files --empty-root "${system[@]}" "${words[@]}" --dir /many/299/x --tmpfs /many/299/y true
ok '300 new mounts, and a place in the last' saw ''

finish
