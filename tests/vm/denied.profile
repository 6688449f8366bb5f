# An AppArmor profile under which no capability is to be had: what a security policy that lets
# ordinary users make user namespaces, but gives no privilege in them, looks like to a program.
profile nsrun-denied flags=(attach_disconnected) {
	file,
	network,
	unix,
	signal,
	ptrace,
	mount,
	umount,
	pivot_root,
}
