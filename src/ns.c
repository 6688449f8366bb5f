#include "ns.h"

#include <string.h>
#include <unistd.h>

static int set_hostname(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	return sethostname(step->argument, strlen(step->argument)) ? error_call(error) : 0;
}

static int set_domainname(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	return setdomainname(step->argument, strlen(step->argument)) ? error_call(error) : 0;
}

static void print_call(const char *name, const struct step *step, enum text_form form, FILE *out)
{
	fprintf(out, "%s(", name);
	step_string(out, form, step->argument);
	fprintf(out, ", %zu)", strlen(step->argument));
}

static void show_hostname(const struct step *step, enum text_form form, FILE *out)
{
	print_call("sethostname", step, form, out);
}

static void show_domainname(const struct step *step, enum text_form form, FILE *out)
{
	print_call("setdomainname", step, form, out);
}

const struct step_kind uts_hostname = {
	.name = "uts.hostname",
	.flags = STEP_PRIVILEGED,
	.about = "Only this UTS namespace sees it.",
	.manual = "uts_namespaces(7)",
	.run = set_hostname,
	.text = show_hostname,
};

const struct step_kind uts_domainname = {
	.name = "uts.domainname",
	.flags = STEP_PRIVILEGED,
	.about = "The NIS domain name, not that of DNS; only this UTS namespace sees it.",
	.manual = "setdomainname(2)",
	.run = set_domainname,
	.text = show_domainname,
};
