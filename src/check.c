#include "check.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cure.h"
#include "hint.h"
#include "launch.h"
#include "options.h"
#include "plan.h"
#include "process.h"
#include "sys.h"
#include "text.h"

enum { WIDTH = 80, WHY_COLUMN = 17 };

bool check_passed(const struct plan *plan, const struct error *error)
{
	return error->step == plan->exec && error->number == ECANCELED;
}

/* The command line that makes one kind and nothing else. */
static int spec_of(enum kind kind, bool with_user, struct spec *spec, struct error *error)
{
	static const char *const asks[KIND_COUNT] = {"--mount", "--uts", "--ipc", "--net", "--pid",
		"--user", "--cgroup", "--time"};
	char *argv[6] = {(char *)"nsrun", (char *)"--check", (char *)asks[kind]};
	int argc = 3;

	if (kind == KIND_PID)
		argv[argc++] = (char *)"--no-proc";
	if (with_user && kind != KIND_USER)
		argv[argc++] = (char *)"--user";
	return options_parse(argc, argv, spec, error);
}

static void print_to(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

/* The same words as after a launch that fails; where there is no hint, the call itself. */
static void explain(struct check_trial *trial, const struct spec *spec, const struct plan *plan,
	const struct error *error, struct facts *facts)
{
	const struct step *step = error->step >= 0 ? &plan->steps[error->step] : NULL;
	char program[256] = "nsrun", *hint;
	FILE *cure = fmemopen(trial->cure, sizeof trial->cure, "w");

	facts_for_hint(spec, FACT_PROBES | (step ? step->kind->facts : 0), facts);
	hint = hint_find(step, error, facts);
	print_to(trial->why, sizeof trial->why, hint);
	if (!hint)
		snprintf(trial->why, sizeof trial->why, "%s: %s (%s)",
			step ? step->kind->name : error->object, strerror(error->number),
			sys_errno_name(error->number));
	free(hint);
	if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
		print_to(program, sizeof program, "nsrun");
	if (!cure)
		return;
	cure_print(cure, plan->new_kinds, error->number, facts, program);
	fclose(cure);
}

/* In a child, for a launch is made once in a life of nsrun: it leaves the signals blocked. */
static void try_here(enum kind kind, struct check_trial *trial)
{
	struct error error = {.step = ERROR_NONE};
	struct ending ending = {0};
	struct facts facts;
	struct spec spec;
	struct plan plan;

	if (spec_of(kind, trial->with_user, &spec, &error) < 0)
		return;
	facts_for_plan(&spec, &facts);
	if (plan_build(&spec, &facts, &plan, &error) < 0) {
		print_to(trial->why, sizeof trial->why, error.object);
		return;
	}
	if (launch_run(&plan, &error, &ending) != OUTCOME_FAILED)
		return;
	trial->allowed = check_passed(&plan, &error);
	if (!trial->allowed)
		explain(trial, &spec, &plan, &error, &facts);
}

static void try(enum kind kind, struct check_trial *trial)
{
	pid_t parent = getpid(), pid = fork();
	int status = 0;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent || getppid() == 0)
			try_here(kind, trial);
		_exit(0);
	}
	if (pid < 0) {
		snprintf(trial->why, sizeof trial->why, "fork: %s (%s)", strerror(errno),
			sys_errno_name(errno));
		return;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!trial->allowed && !trial->why[0])
		print_to(trial->why, sizeof trial->why, "the child that tried it was ended");
}

static void print_row(FILE *out, const struct check_trial trials[KIND_COUNT], int kind)
{
	const struct check_trial *trial = &trials[kind];
	const char *answer = !trial->allowed ? "no" : trial->with_user ? "--user" : "yes";
	char same[40];
	const char *why = trial->why;

	if (!*why) {
		fprintf(out, "%-7s %s\n", namespaces[kind].name, answer);
		return;
	}
	/* One obstacle to all is told once. */
	for (int i = 0; i < kind; i++) {
		if (strcmp(why, trials[i].why) != 0)
			continue;
		snprintf(same, sizeof same, "as for %s", namespaces[i].name);
		why = same;
		break;
	}
	fprintf(out, "%-7s %-8s ", namespaces[kind].name, answer);
	text_wrap(out, why, WHY_COLUMN, WHY_COLUMN, WIDTH);
	putc('\n', out);
}

static void print_cures(FILE *out, const struct check_trial trials[KIND_COUNT])
{
	bool begun = false;

	for (int i = 0; i < KIND_COUNT; i++) {
		bool told = !trials[i].cure[0];

		for (int j = 0; j < i && !told; j++)
			told = !strcmp(trials[i].cure, trials[j].cure);
		if (told)
			continue;
		fprintf(out, "%s%s", begun ? "" : "\nWhat allows it:\n", trials[i].cure);
		begun = true;
	}
}

void check_print(FILE *out, const struct facts *facts, const struct check_trial trials[KIND_COUNT])
{
	if (facts->uid == 0)
		fputs("As root", out);
	else
		fprintf(out, "As uid %u", (unsigned)facts->uid);
	if (!facts_has_capability(facts, CAP_SYS_ADMIN))
		fputs(", who lacks CAP_SYS_ADMIN,", out);
	fprintf(out, " on Linux %.*s:\n\n%-7s %-8s %s\n", facts_release_length(facts),
		facts->release, "KIND", "ALLOWED", "WHY");
	for (int i = 0; i < KIND_COUNT; i++)
		print_row(out, trials, i);
	print_cures(out, trials);
}

void check_all(FILE *out)
{
	static const struct spec nothing;
	struct check_trial *trials = mmap(NULL, KIND_COUNT * sizeof *trials, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct facts facts;

	if (trials == MAP_FAILED)
		return;
	facts_for_explain(&nothing, &facts);
	for (int i = 0; i < KIND_COUNT; i++) {
		trials[i].with_user =
			i != KIND_USER && !facts_has_capability(&facts, CAP_SYS_ADMIN);
		/* Along with a user namespace it might be refused for that one's sake first. */
		if (facts.kinds & KIND_BIT(i))
			try((enum kind)i, &trials[i]);
		else
			snprintf(trials[i].why, sizeof trials[i].why,
				"this kernel, %s, has no such namespaces: %s", facts.release,
				namespaces[i].name);
	}
	check_print(out, &facts, trials);
	munmap(trials, KIND_COUNT * sizeof *trials);
}
