/* deny CALL ERRNO COMMAND [ARG...]: executes the command under a seccomp filter that answers one
 * system call with an error: see the table. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned number;
} calls[] = {
	{"clone", SYS_clone},
	{"mount", SYS_mount},
	{"sethostname", SYS_sethostname},
	{"setdomainname", SYS_setdomainname},
	{"unshare", SYS_unshare},
	{"ioctl", SYS_ioctl},
	{"pidfd_open", SYS_pidfd_open},
	{"chdir", SYS_chdir},
};

static int install(unsigned call, unsigned number)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | number),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 3 && i < sizeof calls / sizeof *calls; i++) {
		if (strcmp(calls[i].name, argv[1]) != 0)
			continue;
		if (install(calls[i].number, (unsigned)atoi(argv[2])) < 0)
			break;
		execvp(argv[3], argv + 3);
		break;
	}
	perror(argc > 1 ? argv[1] : "deny");
	return 2;
}
