#include "net.h"

#include <errno.h>
#include <linux/capability.h>

#include "code.h"
#include "facts.h"

static int bring_up(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	return loopback_up() < 0 ? error_call(error) : 0;
}

static void show(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	if (form == TEXT_CALLS)
		fputs("socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP)\n"
		      "ioctl(_, SIOCSIFFLAGS, {ifr_name=\"lo\", ifr_flags=IFF_UP})",
			out);
	else if (form == TEXT_CODE)
		fputs("loopback_up()", out);
	else
		fputs("ioctl(fd, SIOCSIFFLAGS, {\"lo\", IFF_UP})", out);
}

static void hint(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	const struct net_call *call = step->argument;

	if (error->number == EPERM && !call->in_user_namespace &&
		(facts->known & FACT_CAPABILITIES) && !facts_has_capability(facts, CAP_NET_ADMIN))
		fputs("the caller lacks CAP_NET_ADMIN; use --no-loopback", out);
}

const struct step_kind net_loopback = {
	.name = "net.loopback",
	.flags = STEP_PRIVILEGED,
	.about = "lo is down in a new network namespace; up, it gets 127.0.0.1 and ::1 by itself.",
	.manual = "netdevice(7)",
	.run = bring_up,
	.text = show,
	.hint = hint,
};
