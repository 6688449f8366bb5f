#include "idhelper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "code.h"
#include "facts.h"
#include "launch.h"
#include "ranges.h"
#include "sys.h"
#include "text.h"

/* What the child shares with outside, which sleeps until it has executed. */
struct start {
	const struct idhelper_call *call;
	int words; /* the pipe's end for what it says */
	int error; /* of what failed before it ran, or 0 */
};

/* Signals stay blocked: a Ctrl-C is outside's to judge, and the kernel takes the map or not. */
static int become_helper(void *argument)
{
	struct start *start = argument;

	if (dup2(start->words, STDERR_FILENO) >= 0)
		execve(start->call->path, start->call->argv, environ);
	start->error = errno;
	return 1;
}

/* The first line of what the helper says, as far as `line` has room for it; reads to the end, so that the
 * helper never waits.  -1 if a signal ended the set-up meanwhile. */
static int listen_to(struct launch *launch, int fd, char *line, size_t size)
{
	size_t length = 0;
	bool whole = false;
	for (;;) {
		char piece[256];
		ssize_t n;

		if (launch->wait_interrupted(launch, fd))
			return -1;
		n = read(fd, piece, sizeof piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n && !whole; i++) {
			whole = piece[i] == '\n' || length + 1 == size;
			if (!whole)
				line[length++] =
					(char)(piece[i] >= ' ' && piece[i] < 0x7f ? piece[i] : '?');
		}
	}
	line[length] = '\0';
	return 0;
}

/* How a helper ended that did not do it; its words are bounded to leave room. */
static int tell(struct error *error, const siginfo_t *info, const char *line)
{
	size_t size = sizeof error->object;

	error->number = 0;
	if (info->si_code != CLD_EXITED)
		snprintf(error->object, size, "it was killed by SIG%s",
			sys_signal_name(info->si_status, (char[16]){0}, 16));
	else if (*line)
		snprintf(error->object, size, "it says \"%s\" (exit status %d)", line,
			info->si_status);
	else
		snprintf(error->object, size, "it exits with status %d", info->si_status);
	return -1;
}

/* A program of that name that ends well has not yet written a map: the command would be nobody. */
static int check_map(const struct step *step, struct error *error)
{
	const struct idhelper_call *call = step->argument;
	char path[32], start[16];

	snprintf(path, sizeof path, "/proc/%s/%s", call->pid,
		step->kind == &user_newuidmap ? "uid_map" : "gid_map");
	/* -1: inside is dead, which is told by the walk, and better. */
	if (text_read_file(path, start, sizeof start) != 0)
		return 0;
	error->number = 0;
	snprintf(error->object, sizeof error->object,
		"it exits with status 0 and has written nothing");
	return -1;
}

static int start_helper(struct launch *launch, struct start *start, const int words[2], pid_t *pid)
{
	/* Inside has a copy of the stack, so outside's is free. */
	pid_t child = sys_clone(become_helper, launch->stack[INSIDE],
		CLONE_VM | CLONE_VFORK | SIGCHLD, start, pid);
	int error = child < 0 ? errno : start->error;

	close(words[1]);
	if (error == 0)
		return 0;
	close(words[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	errno = error;
	return -1;
}

static int run_helper(struct launch *launch, const struct step *step, struct error *error)
{
	const struct idhelper_call *call = step->argument;
	struct start start = {.call = call};
	pid_t pid = 0, seen = proc_pid();
	siginfo_t info = {0};
	char line[150] = "";
	int words[2], heard;

	/* It goes by the number in /proc. */
	if (seen >= 0 && seen != getpid()) {
		errno = ESRCH;
		return error_call(error);
	}
	snprintf(call->pid, IDHELPER_PID_SIZE, "%d", launch->page->pid[call->first]);
	if (pipe2(words, O_CLOEXEC) < 0)
		return error_call(error);
	start.words = words[1];
	if (start_helper(launch, &start, words, &pid) < 0)
		return error_call(error);
	heard = listen_to(launch, words[0], line, sizeof line);
	close(words[0]);
	if (heard < 0)
		kill(pid, SIGKILL);
	while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0)
		if (errno != EINTR)
			return error_call(error);
	if (info.si_code == CLD_EXITED && info.si_status == 0)
		return heard < 0 ? -1 : check_map(step, error);
	return tell(error, &info, line);
}

static void show_code(const struct idhelper_call *call, FILE *out)
{
	fputs("run_program((char *[]){", out);
	text_code_string(out, call->path);
	fputs(", ", out);
	text_code_string(out, call->argv[0]);
	fprintf(out, ", decimal(pid->%s)", step_actors[call->first]);
	for (int i = 2; call->argv[i]; i++)
		fprintf(out, ", \"%s\"", call->argv[i]);
	fputs(", NULL})", out);
}

static void show(const struct step *step, enum text_form form, FILE *out)
{
	const struct idhelper_call *call = step->argument;

	if (form == TEXT_CODE) {
		show_code(call, out);
		return;
	}
	if (form == TEXT_CALLS)
		fputs("pipe2(_, O_CLOEXEC)\n"
		      "clone(child_stack=_, flags=CLONE_VM|CLONE_VFORK|CLONE_PARENT_SETTID|SIGCHLD, "
		      "parent_tid=_)\ndup2(_, 2)\n",
			out);
	fputs("execve(", out);
	text_c_string(out, call->path);
	fputs(", [", out);
	text_c_string(out, call->argv[0]);
	fputs(form == TEXT_CALLS ? ", \"_\"" : ", PID", out);
	for (int i = 2; call->argv[i]; i++)
		fprintf(out, ", \"%s\"", call->argv[i]);
	fputs(form == TEXT_CALLS ? "], _)" : "], environ)", out);
}

static void hint(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	const struct idhelper_call *call = step->argument;
	bool users = step->kind == &user_newuidmap;
	const struct helper_facts *helper = users ? &facts->newuidmap : &facts->newgidmap;
	const struct id_range *refused = ranges_find_ungranted(&call->map,
		users ? &facts->sub_uids : &facts->sub_gids, users ? facts->uid : facts->gid);

	if (!(facts->known & FACT_HELPERS) || !(facts->known & FACT_SUBIDS))
		return;
	if (error->number == ESRCH)
		fputs("/proc belongs to another PID namespace than nsrun's, and shows its child under "
		      "another number or not at all",
			out);
	else if (error->number != 0)
		return;
	else if (facts->no_new_privs)
		fprintf(out,
			"no_new_privs is in force here (NoNewPrivs: 1 in /proc/self/status), which "
			"keeps its privilege from %s",
			call->path);
	else if (helper->nosuid)
		fprintf(out, "%s lies on a mount with nosuid, which keeps its privilege from it",
			call->path);
	else if (!helper->privileged)
		fprintf(out,
			"%s is neither set-user-ID root nor has the file capability %s, which it needs",
			call->path, users ? "cap_setuid" : "cap_setgid");
	else if (refused)
		fprintf(out, "%s wants a line %s:%u:%u", call->grants, facts->user,
			refused->outside, refused->count);
}

const struct step_kind user_newuidmap = {
	.name = "user.newuidmap",
	.about = "A privileged program writes the user ids that /etc/subuid grants.",
	.manual = "newuidmap(1)",
	.flags = STEP_WAITS,
	.facts = FACT_HELPERS | FACT_SUBIDS,
	.run = run_helper,
	.text = show,
	.hint = hint,
};

const struct step_kind user_newgidmap = {
	.name = "user.newgidmap",
	.about = "A privileged program writes the group ids that /etc/subgid grants.",
	.manual = "newgidmap(1)",
	.flags = STEP_WAITS,
	.facts = FACT_HELPERS | FACT_SUBIDS,
	.run = run_helper,
	.text = show,
	.hint = hint,
};
