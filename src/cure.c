#include "cure.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "process.h"

/* What the kernel gives a machine with 4 GB by itself: enough, and no more than usual. */
enum { USUAL_LIMIT = 15000 };

static void cure_limit(FILE *out, int kind, const struct facts *facts)
{
	const char *name = namespaces[kind].sysctl;
	long long limit = facts->limit[kind];

	/* Raised already, or not set here at all: some user namespace further out sets less. */
	if (limit > INT32_MAX / 2)
		return;
	limit = limit < USUAL_LIMIT / 2 ? USUAL_LIMIT : 2 * limit;
	if (facts->nested_user)
		fprintf(out, "echo %lld >/proc/sys/user/%s    # as root of this user namespace\n",
			limit, name);
	else
		fprintf(out, "sudo sysctl user.%s=%lld\n", name, limit);
}

/* The form in which Ubuntu's own profiles admit a program. */
static void cure_restriction(FILE *out, const char *program)
{
	fprintf(out,
		"sudo tee /etc/apparmor.d/nsrun <<'END'\n"
		"abi <abi/4.0>,\n"
		"include <tunables/global>\n"
		"profile nsrun \"%s\" flags=(unconfined) {\n"
		"  userns,\n"
		"}\n"
		"END\n"
		"sudo apparmor_parser -r /etc/apparmor.d/nsrun\n",
		program);
}

/* "NAME (mode)" */
static void cure_profile(FILE *out, const char *profile)
{
	fprintf(out,
		"# in the profile %.*s, which confines this process:\n"
		"  userns,\n"
		"  capability,\n"
		"  mount,\n",
		(int)strcspn(profile, " "), profile);
}

void cure_print(FILE *out, unsigned kinds, int number, const struct facts *facts,
	const char *program)
{
	bool privileged = facts_has_capability(facts, CAP_SYS_ADMIN);

	if (number == ENOSPC) {
		int kind = process_refused_kind(kinds, number, facts);

		if (kind >= 0)
			cure_limit(out, kind, facts);
		return;
	}
	if ((number != EPERM && number != EACCES) || facts->chroot == YES)
		return;
	if ((kinds & KIND_BIT(KIND_USER)) && facts->userns_clone == 0 && !privileged)
		fputs("sudo sysctl kernel.unprivileged_userns_clone=1\n", out);
	else if (facts->uid_unmapped || facts->gid_unmapped)
		return;
	else if (facts->apparmor[0])
		cure_profile(out, facts->apparmor);
	else if (facts->apparmor_restrict == 1 && !privileged)
		cure_restriction(out, program);
}
