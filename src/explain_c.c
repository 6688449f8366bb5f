/*
 * --explain=c: the plan as a C program of its own.
 *
 * The steps of an actor are a function, in which each stands under its sentence.  What a step's text (TEXT_CODE)
 * names is put in front: the helpers of code.c as they stand there, the variables that one process
 * leaves to another, the headers.  The turn is that of launch.c; where nobody but outside has a step
 * to wait for, the program has none.
 */
#include "explain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { WIDTH = 80, TAB = 8 };

/* new_root.h, code.c and new_root.c, for their text; where cold.ld keeps it out of resident memory. */
extern const char code_text[];
__asm__(".pushsection .text.code_text, \"ax\"\n"
	".globl code_text\n"
	"code_text:\n"
	".incbin \"include/new_root.h\"\n"
	".byte 10\n"
	".incbin \"src/code.c\"\n"
	".byte 10\n"
	".incbin \"src/new_root.c\"\n"
	".byte 0\n"
	".popsection\n");

struct program {
	const struct plan *plan;
	FILE *out;
	bool turns; /* somebody waits for another's step */
};

/* What is put in front if the word occurs, and what main() does about it before the first step. */
static const struct {
	const char *word, *declaration, *setup;
} variables[] = {
	{"inherited", "/* The signal mask that the command gets. */\nstatic sigset_t inherited;\n",
		"\tblock_signals(&inherited);\n"},
	{"outside",
		"/* A pidfd of this program: readable once it is dead. */\nstatic int outside;\n",
		"\tcheck(outside = syscall(SYS_pidfd_open, getpid(), 0), \"pidfd_open\");\n"},
	{"pid",
		"/* The numbers of the new processes, in memory that all of them see. */\n"
		"static struct {\n\tpid_t between, inside;\n} *pid;\n",
		"\tpid = new_memory(sizeof *pid, MAP_SHARED);\n"},
	{"turn",
		"/* Over which the processes take turns: the end of main(), and that of the others. */\n"
		"static int turn[2];\n",
		"\tcheck(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, turn), \"socketpair\");\n"},
	{"joined", "/* Handles of what is joined. */\nstatic int joined[10];\n", ""},
	{"own_proc", "/* The process's own files in /proc. */\nstatic int own_proc;\n", ""},
	{"root",
		"/* The new root, beside the old one until it is entered. */\n"
		"static uint64_t own[4096];\n"
		"static struct new_root root = {.own = own, .size = 4096};\n",
		""},
	{"directory",
		"/* What keeps the namespaces: the directory, and its mount on itself. */\n"
		"static int directory, tree;\n",
		""},
};

/* Headers, and words that want them. */
static const struct {
	const char *name, *words;
} headers[] = {
	{"errno.h", "errno"},
	{"fcntl.h", "open openat AT_FDCWD AT_EMPTY_PATH O_PATH"},
	{"grp.h", "setgroups"},
	{"limits.h", "PATH_MAX"},
	{"linux/capability.h", "__user_cap_header_struct"},
	{"net/if.h", "ifreq"},
	{"linux/openat2.h", "open_how"},
	{"poll.h", "pollfd"},
	{"sched.h", "clone unshare setns"},
	{"signal.h", "SIGCHLD SIGKILL sigset_t sigprocmask"},
	{"stdio.h", "dprintf snprintf"},
	{"stdlib.h", "strtol"},
	{"string.h", "strerror strlen"},
	{"sys/file.h", "flock"},
	{"sys/ioctl.h", "ioctl"},
	{"sys/mman.h", "mmap"},
	{"sys/mount.h", "mount umount2 mount_attr"},
	{"sys/prctl.h", "prctl"},
	{"sys/socket.h", "socket socketpair send recv"},
	{"stdbool.h", "bool"},
	{"stdint.h", "uint64_t"},
	{"sys/stat.h", "mkdirat statx fstat chmod"},
	{"sys/syscall.h", "syscall"},
	{"sys/wait.h", "waitpid waitid"},
	{"unistd.h", "_exit execve chdir close"},
};

/* The next piece of C from *s on: a word, or else what lies up to the next one, strings and comments whole.
 * Its length; 0 at the end. */
static size_t piece_length(const char *s)
{
	size_t i;

	if (isalnum((unsigned char)*s) || *s == '_') {
		for (i = 1; isalnum((unsigned char)s[i]) || s[i] == '_'; i++)
			;
		return i;
	}
	if (s[0] == '/' && s[1] == '*')
		return (size_t)(strstr(s, "*/") - s) + 2;
	if (*s != '"')
		return *s != '\0';
	for (i = 1; s[i] != '"'; i++)
		i += s[i] == '\\';
	return i + 1;
}

/* Whether the word, which is none of a string or a comment, occurs in C code. */
static bool uses(const char *code, const char *word, size_t length)
{
	size_t piece;

	for (; (piece = piece_length(code)) > 0; code += piece)
		if (piece == length && !strncmp(code, word, length))
			return true;
	return false;
}

static bool uses_any(const char *code, const char *words)
{
	for (size_t length; *words; words += length + (words[length] == ' ')) {
		length = strcspn(words, " ");
		if (uses(code, words, length))
			return true;
	}
	return false;
}

static size_t width_of(const char *s)
{
	size_t width = 0;

	for (; *s; s++)
		width += *s == '\t' ? TAB : *s != '\n';
	return width;
}

/* `text` in lines, the first behind `begin` and all others behind `next`. */
static void print_wrapped(FILE *out, const char *begin, const char *next, const char *text)
{
	char *lines = NULL, *rest, *line;
	size_t size, indent = width_of(next);
	FILE *wrapped = open_memstream(&lines, &size);

	if (!wrapped)
		return;
	text_wrap(wrapped, text, width_of(begin), indent, WIDTH);
	fclose(wrapped);
	fputs(begin, out);
	rest = lines;
	for (line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		fputs(line == lines ? line : line + indent, out);
		fputs(rest ? "\n" : "", out);
		fputs(rest ? next : "", out);
	}
	free(lines);
}

/* A comment is plain ASCII, and ends only where it shall. */
static char *for_comment(const char *text)
{
	char *whole = NULL;
	size_t size;
	FILE *out = open_memstream(&whole, &size);

	if (!out)
		return NULL;
	for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
		if (*s > 0x7e)
			fprintf(out, "\\%03o", *s);
		else
			putc(*s, out);
		if ((s[0] == '*' && s[1] == '/') || (s[0] == '/' && s[1] == '*'))
			putc(' ', out);
	}
	fclose(out);
	return whole;
}

static void print_sentence(const struct program *p, int i)
{
	char *sentence = explain_sentence(p->plan, i);
	char *text = sentence ? for_comment(sentence) : NULL, begin[24];

	snprintf(begin, sizeof begin, "\n\t/* %d. ", i + 1);
	print_wrapped(p->out, begin, "\t * ", text ? text : "?");
	fputs(" */\n", p->out);
	free(text);
	free(sentence);
}

/* Each line of its code is a call that may fail. */
static void print_step(const struct program *p, int i)
{
	const struct step *step = &p->plan->steps[i];
	char *code = explain_call(step, TEXT_CODE), *rest = code, *line;
	bool executes = i == p->plan->exec;

	print_sentence(p, i);
	while (rest && (line = strsep(&rest, "\n"))) {
		char *call = NULL;

		if (asprintf(&call, executes ? "%s;" : "check(%s, \"%s\");", line,
			    step->kind->name) < 0)
			break;
		print_wrapped(p->out, "\t", "\t\t", call);
		putc('\n', p->out);
		free(call);
	}
	if (executes)
		fprintf(p->out, "\treturn cannot_run(\"%s\");\n", step->kind->name);
	free(code);
}

/* The turn comes before step i; behind the exec, its end does. */
static void print_await(const struct program *p, enum actor me, int i)
{
	if (!p->turns)
		return;
	if (p->plan->steps[i].kind->flags & STEP_ENDS)
		fputs("\n\t/* No turn will come: the command runs, or somebody has failed. */\n"
		      "\tawait_turn(turn[0]);\n",
			p->out);
	else
		fprintf(p->out, "\n\tif (!await_turn(turn[%d]))\n\t\treturn 125;\n", me != OUTSIDE);
}

/* The steps of an actor, from `i` on, with the turn: the walk of launch.c. */
static void print_steps(const struct program *p, enum actor me, int i)
{
	const struct plan *plan = p->plan;
	bool turn = true;

	for (; i < plan->count && (me == OUTSIDE || i <= plan->exec); i++) {
		if (plan->steps[i].actor != me) {
			if (turn)
				fprintf(p->out, "\tgive_turn(turn[%d]);\n", me != OUTSIDE);
			turn = false;
			continue;
		}
		if (!turn)
			print_await(p, me, i);
		print_step(p, i);
		turn = !(plan->steps[i].kind->flags & STEP_CLONES);
		if (turn)
			continue;
		if (me == OUTSIDE && p->turns)
			fputs("\tclose(turn[1]);\n", p->out);
		else if (me != OUTSIDE)
			break;
	}
}

/* The step that makes an actor, or -1. */
static int find_clone(const struct plan *plan, enum actor newborn)
{
	for (int i = 0; i < plan->count; i++)
		if ((plan->steps[i].kind->flags & STEP_CLONES) &&
			plan->steps[i + 1].actor == newborn)
			return i;
	return -1;
}

static void print_newborn(const struct program *p, enum actor me)
{
	int clone = find_clone(p->plan, me);

	if (clone < 0)
		return;
	fprintf(p->out, "\nstatic int %s(void *unused)\n{\n\t(void)unused;\n", step_actors[me]);
	if (p->turns)
		fputs("\tclose(turn[0]);\n", p->out);
	print_steps(p, me, clone + 1);
	fputs(me == BETWEEN ? "\treturn 0;\n}\n" : "}\n", p->out);
}

/* Outside's steps, and the end. */
static void print_main(const struct program *p)
{
	print_steps(p, OUTSIDE, 0);
	if (p->plan->clone_flags)
		fputs("\n\t/* A shell has 128 and the number for a command that a signal ended. */\n"
		      "\treturn WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);\n",
			p->out);
}

/* Whether a process waits for a step of another's, but for the clone and the exec. */
static bool has_turns(const struct plan *plan)
{
	int clone = find_clone(plan, INSIDE);

	if (find_clone(plan, BETWEEN) >= 0)
		return true;
	for (int i = clone + 1; clone >= 0 && i < plan->exec; i++)
		if (plan->steps[i].actor != INSIDE)
			return true;
	return false;
}

/* A part of code.c between blank lines, a function with its comment; where the next one begins. */
static const char *next_part(const char *part)
{
	do
		part = strstr(part, "\n\n");
	while (part && (part += 2) && *part == '\t');
	return part;
}

/* The name of the function or structure in a part, which begins with its comment or with it; NULL: there is
 * none. */
static const char *name_in(const char *part, const char *end, size_t *length)
{
	const char *name;

	if (!strncmp(part, "/*", 2))
		part = strstr(part, "*/") + 3;
	if (!strncmp(part, "struct ", 7)) {
		*length = strcspn(part + 7, " ");
		return part + 7;
	}
	name = memchr(part, '(', (size_t)(end - part));
	if (*part == '#' || !name)
		return NULL;
	for (*length = 0; isalnum((unsigned char)name[-1]) || name[-1] == '_'; name--)
		++*length;
	return name;
}

/* In front of `code` the helpers that it uses, and those that they use, which stand before them. */
static char *add_helpers(char *code)
{
	const char *parts[100] = {NULL}, *end = code_text + strlen(code_text);
	int count = 0;

	for (const char *part = code_text; part && count < 100; part = next_part(part))
		parts[count++] = part;
	while (code && count--) {
		const char *part = parts[count];
		char *longer = NULL;
		size_t length;
		const char *name = name_in(part, end, &length);

		if (name && uses(code, name, length)) {
			const char *begin = !strncmp(part, "/*", 2) ? strstr(part, "*/") + 3 : part;
			if (asprintf(&longer, "\n%.*s%s%.*s%s%s", (int)(begin - part), part,
				    strncmp(begin, "static ", 7) == 0 ||
						    strncmp(begin, "struct ", 7) == 0
					    ? ""
					    : "static ",
				    (int)(end - begin), begin, end[-1] == '\n' ? "" : "\n",
				    code) < 0)
				longer = NULL;
			free(code);
			code = longer;
		}
		/* Without the blank line. */
		end = part - 1;
	}
	return code;
}

static void print_front(FILE *out, const char *code)
{
	fputs("#define _GNU_SOURCE\n", out);
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		if (uses_any(code, headers[i].words))
			fprintf(out, "#include <%s>\n", headers[i].name);
}

static void print_comment(FILE *out, const struct plan *plan, const struct facts *facts)
{
	char *head = NULL;
	size_t size;
	FILE *lines = open_memstream(&head, &size);

	fputs("/*\n * What nsrun would do, as a program of its own that makes the same calls:\n"
	      " *\n *     gcc -Wall -Wextra -o lesson lesson.c && ./lesson\n *\n",
		out);
	if (lines) {
		explain_head(lines, plan, facts);
		fclose(lines);
	}
	for (char *rest = head, *line; (line = strsep(&rest, "\n")) && *line;) {
		print_wrapped(out, " * ", " * ", line);
		putc('\n', out);
	}
	free(head);
	fputs(" *\n * It leaves out what nsrun does besides: to forward signals to the command and to stop\n"
	      " * with it, to take back what was done when a later step fails, and to say why it failed.\n"
	      " */\n",
		out);
}

static void print_newborns(const struct program *p)
{
	print_newborn(p, INSIDE);
	print_newborn(p, BETWEEN);
}

/* What `print` writes; NULL without memory. */
static char *collect(void print(const struct program *), const struct plan *plan)
{
	struct program p = {.plan = plan, .turns = has_turns(plan)};
	char *text = NULL;
	size_t size;

	p.out = open_memstream(&text, &size);
	if (!p.out)
		return NULL;
	print(&p);
	fclose(p.out);
	return text;
}

/* The functions of the actors, with the variables that they use. */
static void print_actors(FILE *out, const struct plan *plan, const char *newborns,
	const char *steps)
{
	bool used[sizeof variables / sizeof *variables];

	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		used[i] =
			uses_any(newborns, variables[i].word) || uses_any(steps, variables[i].word);
		if (used[i])
			fprintf(out, "\n%s", variables[i].declaration);
	}
	fprintf(out, "%s\nint main(void)\n{\n%s", newborns,
		plan->clone_flags ? "\tint status;\n\n" : "");
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
		if (used[i])
			fputs(variables[i].setup, out);
	/* The first step follows the bracket, or a blank line. */
	fprintf(out, "%s}\n", plan->clone_flags ? steps : steps + 1);
}

void explain_c(FILE *out, const struct plan *plan, const struct facts *facts)
{
	char *newborns = collect(print_newborns, plan), *steps = collect(print_main, plan);
	char *code = NULL;
	size_t size;
	FILE *actors = open_memstream(&code, &size);

	if (newborns && steps && actors)
		print_actors(actors, plan, newborns, steps);
	if (actors)
		fclose(actors);
	code = add_helpers(code);
	if (code) {
		print_comment(out, plan, facts);
		print_front(out, code);
		fputs(code, out);
	}
	free(code);
	free(newborns);
	free(steps);
}
