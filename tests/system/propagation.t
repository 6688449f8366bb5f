#!/usr/bin/env bash
# Mounts go where --propagation says; tried in a mount namespace of the test's own, where everything is
# shared.
. "$(dirname "$0")/../lib.sh"

if is_root; then
	unshare=(unshare --mount --propagation private)
else
	unshare=(unshare --user --map-root-user --mount --propagation private)
fi

# own OPTION...: prints where mounts went.
cat >"$T/own" <<'END'
#!/usr/bin/env bash
# A tree whose every mount is shared, with nobody but its own copies.
mount --make-rshared /
mount -t tmpfs none "$T/tree"
mkdir "$T/tree/in" "$T/tree/out"
mkfifo "$T/tree/ready" "$T/tree/go"
before=$(grep -c ' /proc ' /proc/self/mountinfo)
"$@" -- sh -c 'mount -t tmpfs none "$T/tree/in"
	echo >"$T/tree/ready"
	read -r _ <"$T/tree/go"
	mountpoint -q "$T/tree/out" && echo "from outside to inside"
	:' &
read -r _ <"$T/tree/ready"
mountpoint -q "$T/tree/in" && echo 'from inside to outside'
mount -t tmpfs none "$T/tree/out"
echo $(($(grep -c ' /proc ' /proc/self/mountinfo) - before)) 'new proc outside'
echo >"$T/tree/go"
wait $!
END
chmod +x "$T/own"
mkdir "$T/tree"

declare -A wanted=(
	[private]=''
	[slave]='from outside to inside'
	[shared]=$'from inside to outside\nfrom outside to inside'
	[unchanged]=$'from inside to outside\nfrom outside to inside'
)
for how in private slave shared unchanged; do
	for kinds in '--mount' '--pid' '--mount --pid --no-proc'; do
		read -r -a words <<<"$kinds"
		run "${unshare[@]}" "$T/own" "${launcher[@]}" "${words[@]}" --propagation "$how"
		is "$kinds --propagation $how" "$status $err $(grep from <<<"$out")" "0  ${wanted[$how]}"
		is "$kinds --propagation $how: no proc leaks" "$(grep proc <<<"$out")" '0 new proc outside'
	done
done
run "${unshare[@]}" "$T/own" "${launcher[@]}" --mount
is 'private is the default' "$status $out" '0 0 new proc outside'
run "${unshare[@]}" "$T/own" "${launcher[@]}" --no-fork --mount --propagation slave
is '--no-fork --propagation slave' "$(grep from <<<"$out")" 'from outside to inside'
# In a user namespace the copies are slaves at best.
run "${unshare[@]}" "$T/own" "${launcher[@]}" --user --mount --propagation unchanged
is '--user --propagation unchanged' "$(grep from <<<"$out")" 'from outside to inside'

finish
