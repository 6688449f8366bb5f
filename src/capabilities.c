#include "capabilities.h"

#include <linux/capability.h>

#define ROW(name) [name] = #name

const char *const capabilities[CAPABILITIES_COUNT] = {
	ROW(CAP_CHOWN), ROW(CAP_DAC_OVERRIDE), ROW(CAP_DAC_READ_SEARCH), ROW(CAP_FOWNER),
	ROW(CAP_FSETID), ROW(CAP_KILL), ROW(CAP_SETGID), ROW(CAP_SETUID), ROW(CAP_SETPCAP),
	ROW(CAP_LINUX_IMMUTABLE), ROW(CAP_NET_BIND_SERVICE), ROW(CAP_NET_BROADCAST),
	ROW(CAP_NET_ADMIN), ROW(CAP_NET_RAW), ROW(CAP_IPC_LOCK), ROW(CAP_IPC_OWNER),
	ROW(CAP_SYS_MODULE), ROW(CAP_SYS_RAWIO), ROW(CAP_SYS_CHROOT), ROW(CAP_SYS_PTRACE),
	ROW(CAP_SYS_PACCT), ROW(CAP_SYS_ADMIN), ROW(CAP_SYS_BOOT), ROW(CAP_SYS_NICE),
	ROW(CAP_SYS_RESOURCE), ROW(CAP_SYS_TIME), ROW(CAP_SYS_TTY_CONFIG), ROW(CAP_MKNOD),
	ROW(CAP_LEASE), ROW(CAP_AUDIT_WRITE), ROW(CAP_AUDIT_CONTROL), ROW(CAP_SETFCAP),
	ROW(CAP_MAC_OVERRIDE), ROW(CAP_MAC_ADMIN), ROW(CAP_SYSLOG), ROW(CAP_WAKE_ALARM),
	ROW(CAP_BLOCK_SUSPEND), ROW(CAP_AUDIT_READ), [38] = "CAP_PERFMON", /* Linux 5.8 */
	[39] = "CAP_BPF",                                                  /* Linux 5.8 */
	[40] = "CAP_CHECKPOINT_RESTORE",                                   /* Linux 5.9 */
};

static void list(FILE *out, uint64_t set)
{
	const char *gap = "";

	for (int i = 0; i < 64; i++) {
		if (!(set >> i & 1))
			continue;
		/* One of a newer kernel has its number alone. */
		if (i < CAPABILITIES_COUNT)
			fprintf(out, "%s%s", gap, capabilities[i]);
		else
			fprintf(out, "%s%d", gap, i);
		gap = " ";
	}
}

void capabilities_list(FILE *out, uint64_t set, uint64_t full)
{
	uint64_t missing = full & ~set;

	if (!set) {
		fputs("none", out);
	} else if (!missing) {
		fputs("all", out);
	} else if (__builtin_popcountll(missing) < __builtin_popcountll(set)) {
		fputs("all but ", out);
		list(out, missing);
	} else {
		list(out, set);
	}
}
