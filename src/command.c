#include "command.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "facts.h"
#include "text.h"

char **command_candidates(struct arena *arena, const char *name, const char *path)
{
	size_t count = 1;
	char **list;

	for (const char *p = path; *p; p++)
		count += *p == ':';
	list = arena_take(arena, (count + 1) * sizeof *list);
	if (!list)
		return NULL;
	if (strchr(name, '/') || !*name) {
		list[0] = arena_print(arena, "%s", name);
		return list[0] ? list : NULL;
	}
	for (size_t i = 0; i < count; i++) {
		size_t length = strcspn(path, ":");

		/* An empty entry is the working directory, execvp(3). */
		list[i] = arena_print(arena, "%.*s/%s", length ? (int)length : 1,
			length ? path : ".", name);
		if (!list[i])
			return NULL;
		path += length + (path[length] == ':');
	}
	return list;
}

static bool is_elf(const char *path)
{
	char magic[SELFMAG];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is = fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic &&
		  !memcmp(magic, ELFMAG, SELFMAG);

	if (fd >= 0)
		close(fd);
	return is;
}

/* Returns only on failure, the errno; a file that is neither ELF nor #! goes to /bin/sh. */
static int execute(const struct command_call *call, char *path)
{
	char *const *environment = call->environment ? call->environment : environ;
	char *const shell[] = {path, NULL};

	execve(path, call->shells ? shell : call->argv, environment);
	if (errno != ENOEXEC)
		return errno;
	if (is_elf(path))
		return ENOEXEC;
	call->shell_argv[1] = path;
	execve(call->shell_argv[0], call->shell_argv, environment);
	return errno;
}

static int run_exec(struct launch *launch, const struct step *step, struct error *error)
{
	const struct command_call *call = step->argument;
	bool searched = call->shells || !strchr(call->typed, '/');

	(void)launch;
	error->number = ENOENT;
	for (char *const *path = call->candidates; *path; path++) {
		int number = execute(call, *path);

		/* These mean "not here", as for execvp(3). */
		if (searched && number == ENAMETOOLONG && strlen(call->typed) <= NAME_MAX)
			continue;
		if (searched && (number == ENOTDIR || number == ESTALE || number == ENODEV ||
					number == ETIMEDOUT))
			continue;
		/* The file may be there, and its interpreter or loader missing. */
		if (number == ENOENT && access(*path, F_OK) < 0)
			continue;
		error->detail |= number != EACCES || access(*path, F_OK) == 0;
		if (number != ENOENT || error->number != EACCES)
			error->number = number;
		if (!searched || (number != ENOENT && number != EACCES))
			break;
	}
	return -1;
}

static void show_argv(char *const *argv, enum text_form form, FILE *out)
{
	putc('[', out);
	for (int i = 0; argv[i]; i++) {
		fputs(i ? ", " : "", out);
		if (i == 8 && form == TEXT_CALL) {
			fputs("...", out);
			break;
		}
		step_words(out, form, argv[i]);
	}
	putc(']', out);
}

static void code_strings(FILE *out, char *const *values)
{
	fputs("(char *[]){", out);
	for (; *values; values++) {
		text_code_string(out, *values);
		fputs(", ", out);
	}
	fputs("NULL}", out);
}

static void code_execve(const struct command_call *call, char *path, FILE *out)
{
	fputs("execve(", out);
	text_code_string(out, path);
	fputs(", ", out);
	code_strings(out, call->shells ? (char *[]){path, NULL} : call->argv);
	fputs(", ", out);
	if (call->environment)
		code_strings(out, call->environment);
	else
		fputs("environ", out);
	putc(')', out);
}

/* One call for each file that may be it: the first that is there does not return. */
static void code_exec(const struct command_call *call, FILE *out)
{
	if (call->found) {
		code_execve(call, (char *)call->found, out);
		return;
	}
	for (int i = 0; call->candidates[i]; i++) {
		fputs(i ? "\n" : "", out);
		code_execve(call, call->candidates[i], out);
	}
}

static void show_exec(const struct step *step, enum text_form form, FILE *out)
{
	const struct command_call *call = step->argument;

	if (form == TEXT_CODE) {
		code_exec(call, out);
		return;
	}
	fputs("execve(", out);
	step_words(out, form, call->found ? call->found : call->typed);
	fputs(", ", out);
	show_argv(call->argv, form, out);
	fputs(form == TEXT_CALLS    ? ", _)"
		: call->environment ? ", environment)"
				    : ", environ)",
		out);
}

static void hint_not_found(const struct command_call *call, int number, const struct facts *facts,
	FILE *out)
{
	const char *path = facts->path ? facts->path : facts->default_path;
	char quoted[160];

	bool searched = !strchr(call->typed, '/') && *call->typed;

	/* The message of a refusal has said it already. */
	if (number == 0)
		fprintf(out, "%s does not exist%s", text_quote(quoted, sizeof quoted, call->typed),
			searched ? "; " : "");
	if (!searched)
		return;
	fprintf(out, "looked for in PATH, %s", text_quote(quoted, sizeof quoted, path));
	if (!facts->path)
		fputs(" (libc's default: PATH is not set)", out);
}

static void hint_file(const struct command_facts *file, int number, FILE *out)
{
	char path[160], interpreter[160];

	text_quote(path, sizeof path, file->path);
	text_quote(interpreter, sizeof interpreter, file->interpreter);
	if (file->directory)
		fprintf(out, "%s is a directory", path);
	else if (file->not_executable)
		fprintf(out, "%s has no execute permission for this caller", path);
	else if (file->noexec)
		fprintf(out, "%s lies on a mount with noexec", path);
	else if (file->interpreter_missing)
		fprintf(out, "%s wants %s, which is missing here", path, interpreter);
	else if (file->elf && number == ENOEXEC)
		fprintf(out, "%s is an ELF file that this kernel does not run", path);
}

static void hint_exec(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	if (!(facts->known & FACT_COMMAND))
		return;
	if (error->number == 0 ? !facts->command.path[0] : !error->detail)
		hint_not_found(step->argument, error->number, facts, out);
	else
		hint_file(&facts->command, error->number, out);
}

int command_status(const struct error *error)
{
	return error->detail || error->number != ENOENT ? STATUS_CANNOT_RUN : STATUS_NOT_FOUND;
}

static int change_directory(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	return chdir(step->argument) < 0 ? error_call(error) : 0;
}

static void show_chdir(const struct step *step, enum text_form form, FILE *out)
{
	fputs("chdir(", out);
	step_words(out, form, step->argument);
	putc(')', out);
}

static void hint_chdir(const struct step *step, const struct error *error,
	const struct facts *facts, FILE *out)
{
	if (error->number == 0 && (facts->known & FACT_COMMAND) && facts->directory_error)
		fprintf(out, "%s: %s", text_quote((char[160]){0}, 160, step->argument),
			strerror(facts->directory_error));
}

const struct step_kind command_chdir = {
	.name = "chdir",
	.about = "The command's working directory.",
	.manual = "chdir(2)",
	.run = change_directory,
	.text = show_chdir,
	.hint = hint_chdir,
};

const struct step_kind command_exec = {
	.name = "exec",
	.about = "The process becomes the command.",
	.manual = "execve(2)",
	.facts = FACT_COMMAND,
	.run = run_exec,
	.text = show_exec,
	.optional = true,
	.hint = hint_exec,
};
