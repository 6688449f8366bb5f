/*
 * A new pseudo-terminal, driven by lines on standard input, for tests of job control.
 *
 *	pty [-e] COMMAND [ARG...]
 *
 * COMMAND leads a session of its own on the terminal.  Every line is an action, and is answered by a
 * line "ok [DETAIL]" or "no DETAIL"; those that wait give up after ten seconds.  With -e the first
 * "no" ends it.
 *
 * type TEXT		TEXT and Enter
 * key C			Control-C
 * pause USEC
 * expect TEXT		waits for TEXT in the output; it and all before it is then read
 * status PREFIX	waits for PREFIX, a number and a semicolon; the detail is the number
 * patience MSEC	how long the next expect or status waits
 * until PROCESS...	waits until just these run below COMMAND, each as NAME:STATE:WHERE, sorted;
 *			STATE is run, stop or zombie, WHERE fore, back or away (in another session);
 *			several such lists, one of which is met, are separated by " or "
 * foreground NAME	waits, watching closely, until a process of that name, but not COMMAND,
 *			leads the foreground
 * leader PROCESS	waits until COMMAND itself is so
 * idle			waits until none runs below COMMAND, and it has the foreground
 * signal NAME COMM	sends SIGNAME to the first process with that name, or to the one that leads
 *			the foreground if COMM is `foreground` and it is not COMMAND
 * calm			whether all below COMMAND use next to no processor time
 * resize ROWS COLUMNS
 * hangup		closes the terminal
 * ended HOW VALUE	waits until COMMAND has ended: "exit 3", "signal 15"
 *
 * At the end of its input whatever is left is killed.  It is the subreaper of all of them, so none
 * gets out of its sight.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 10000, PROCESSES = 4096, BELOW = 64 };

struct process {
	pid_t pid, parent, group, session;
	unsigned long ticks;
	char state, name[32];
	bool below;
};

struct pty {
	int master;
	pid_t leader, foreground;
	bool ended, silent;
	int status;
	long patience;
	size_t length;
	char output[1 << 16];
	int count;
	struct process all[PROCESSES];
	char detail[2048];
};

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void reap(struct pty *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != p->leader)
			continue;
		p->ended = true;
		p->status = status;
	}
}

/* Takes in what the terminal shows, waiting for it at most that long. */
static void read_output(struct pty *p, int milliseconds)
{
	struct pollfd ready = {.fd = p->silent ? -1 : p->master, .events = POLLIN};
	ssize_t n;

	if (p->length > sizeof p->output / 2) {
		p->length /= 2;
		memmove(p->output, p->output + p->length, p->length);
	}
	if (poll(&ready, 1, milliseconds) <= 0)
		return;
	n = read(p->master, p->output + p->length, sizeof p->output - p->length);
	if (n > 0)
		p->length += (size_t)n;
	else
		p->silent = true; /* EIO: nobody has the other end open */
}

static bool read_process(struct process *process, pid_t pid)
{
	char path[32], text[512], *rest;
	unsigned long user, system;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	rest = strrchr(text, ')');
	if (!rest || sscanf(text, "%d (%31[^)]", &process->pid, process->name) != 2 ||
		sscanf(rest, ") %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &process->state,
			&process->parent, &process->group, &process->session, &user, &system) != 6)
		return false;
	process->ticks = user + system;
	process->below = false;
	return true;
}

static void mark_below(struct pty *p)
{
	pid_t parents[BELOW] = {getpid()};
	int known = 1;

	for (int k = 0; k < known; k++) {
		for (int i = 0; i < p->count && known < BELOW; i++) {
			if (p->all[i].parent != parents[k])
				continue;
			p->all[i].below = true;
			parents[known++] = p->all[i].pid;
		}
	}
}

static void look(struct pty *p)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	reap(p);
	p->count = 0;
	while (proc && (entry = readdir(proc)) && p->count < PROCESSES)
		if (isdigit((unsigned char)entry->d_name[0]))
			p->count += read_process(&p->all[p->count], atoi(entry->d_name));
	if (proc)
		closedir(proc);
	mark_below(p);
	if (p->master < 0 || ioctl(p->master, TIOCGPGRP, &p->foreground) < 0)
		p->foreground = 0;
}

static void describe(const struct pty *p, const struct process *process, char *text, size_t size)
{
	const char *state = "run", *where = "back";

	if (strchr("Tt", process->state))
		state = "stop";
	else if (strchr("ZX", process->state))
		state = "zombie";
	if (process->session != p->leader)
		where = "away";
	else if (process->group == p->foreground)
		where = "fore";
	snprintf(text, size, "%s:%s:%s", process->name, state, where);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All below the leader, as `until` wants them, into the detail. */
static void list(struct pty *p)
{
	char texts[BELOW][64];
	size_t count = 0, length = 0;

	look(p);
	for (int i = 0; i < p->count && count < BELOW; i++)
		if (p->all[i].below && p->all[i].pid != p->leader)
			describe(p, &p->all[i], texts[count++], sizeof *texts);
	qsort(texts, count, sizeof *texts, compare);
	p->detail[0] = '\0';
	for (size_t i = 0; i < count && length < sizeof p->detail - 64; i++)
		length += (size_t)sprintf(p->detail + length, "%s%s", i ? " " : "", texts[i]);
}

static bool is_as(struct pty *p, const char *wanted)
{
	size_t length;

	list(p);
	length = strlen(p->detail);
	for (const char *next = wanted; next; wanted = next + strlen(" or ")) {
		next = strstr(wanted, " or ");
		if (length == (next ? (size_t)(next - wanted) : strlen(wanted)) &&
			!strncmp(p->detail, wanted, length))
			return true;
	}
	return false;
}

static bool is_idle(struct pty *p, const char *unused)
{
	(void)unused;
	list(p);
	if (p->foreground != p->leader)
		sprintf(p->detail + strlen(p->detail), ", foreground %d, shell %d", p->foreground,
			p->leader);
	return !*p->detail;
}

static bool leader_is(struct pty *p, const char *wanted)
{
	look(p);
	snprintf(p->detail, sizeof p->detail, "gone");
	for (int i = 0; i < p->count; i++)
		if (p->all[i].pid == p->leader)
			describe(p, &p->all[i], p->detail, sizeof p->detail);
	return !strcmp(p->detail, wanted);
}

static bool has_ended(struct pty *p, const char *wanted)
{
	reap(p);
	if (!p->ended)
		snprintf(p->detail, sizeof p->detail, "it still runs");
	else if (WIFSIGNALED(p->status))
		snprintf(p->detail, sizeof p->detail, "signal %d", WTERMSIG(p->status));
	else
		snprintf(p->detail, sizeof p->detail, "exit %d", WEXITSTATUS(p->status));
	return !strcmp(p->detail, wanted);
}

static bool await(struct pty *p, bool (*met)(struct pty *, const char *), const char *wanted)
{
	long end = now() + PATIENCE;

	while (!met(p, wanted)) {
		if (now() > end)
			return false;
		read_output(p, 1);
	}
	p->detail[0] = '\0';
	return true;
}

static bool wait_until(struct pty *p, const char *wanted)
{
	return await(p, is_as, wanted);
}

static bool wait_idle(struct pty *p, const char *unused)
{
	return await(p, is_idle, unused);
}

static bool wait_leader(struct pty *p, const char *wanted)
{
	return await(p, leader_is, wanted);
}

static bool wait_ended(struct pty *p, const char *wanted)
{
	return await(p, has_ended, wanted);
}

/* What runs and the unread output, shortened, in one line. */
static void quote_output(struct pty *p)
{
	size_t length, from;

	list(p);
	length = strlen(p->detail);
	if (length > 500)
		length = 500;
	length += (size_t)sprintf(p->detail + length, " unread: ");
	from = p->length > 300 ? p->length - 300 : 0;
	for (size_t i = from; i < p->length; i++)
		length += (size_t)sprintf(p->detail + length,
			isprint((unsigned char)p->output[i]) ? "%c" : "\\%03o",
			(unsigned char)p->output[i]);
}

/* Where TEXT ends in the unread output, or NULL. */
static char *wait_for(struct pty *p, const char *text)
{
	long end = now() + p->patience;
	char *found;

	while (!(found = memmem(p->output, p->length, text, strlen(text))) && now() <= end)
		read_output(p, 10);
	return found ? found + strlen(text) : NULL;
}

static void read_up_to(struct pty *p, const char *end)
{
	p->length -= (size_t)(end - p->output);
	memmove(p->output, end, p->length);
}

static bool expect(struct pty *p, const char *text)
{
	char *end = wait_for(p, text);

	p->patience = PATIENCE;
	if (end)
		read_up_to(p, end);
	else
		quote_output(p);
	return end;
}

static bool read_status(struct pty *p, const char *prefix)
{
	if (!expect(p, prefix))
		return false;
	if (!wait_for(p, ";")) {
		quote_output(p);
		return false;
	}
	sprintf(p->detail, "%d", atoi(p->output));
	read_up_to(p, (char *)memchr(p->output, ';', p->length) + 1);
	return true;
}

static bool set_patience(struct pty *p, const char *milliseconds)
{
	p->patience = atol(milliseconds);
	return true;
}

static bool type(struct pty *p, const char *text)
{
	char line[1024];
	int length = snprintf(line, sizeof line, "%s\r", text);

	return write(p->master, line, (size_t)length) == length;
}

static bool press(struct pty *p, const char *key)
{
	char c = (char)(*key & 0x1f);

	return write(p->master, &c, 1) == 1;
}

static bool wait_foreground(struct pty *p, const char *name)
{
	long end = now() + PATIENCE;
	struct process process = {.name = ""};
	pid_t group = 0;

	do {
		if (ioctl(p->master, TIOCGPGRP, &group) == 0 && group != p->leader &&
			read_process(&process, group) && !strcmp(process.name, name))
			return true;
		sched_yield();
	} while (now() < end);
	read_output(p, 0);
	quote_output(p);
	return false;
}

static bool pause_for(struct pty *p, const char *microseconds)
{
	long wanted = atol(microseconds);

	(void)p;
	if (wanted > 0)
		usleep((useconds_t)wanted);
	return true;
}

static int signal_number(const char *name)
{
	for (int i = 1; i < NSIG; i++) {
		const char *known = sigabbrev_np(i);

		if (known && !strcmp(known, name))
			return i;
	}
	return -1;
}

static bool send_signal(struct pty *p, const char *text)
{
	char name[16], to[32];
	pid_t pid = 0;

	if (sscanf(text, "%15s %31s", name, to) != 2 || signal_number(name) < 0) {
		sprintf(p->detail, "not understood");
		return false;
	}
	if (!strcmp(to, "foreground")) {
		ioctl(p->master, TIOCGPGRP, &pid);
		if (pid == p->leader)
			pid = 0;
	} else {
		look(p);
		for (int i = 0; i < p->count && !pid; i++)
			if (p->all[i].below && p->all[i].pid != p->leader &&
				!strcmp(p->all[i].name, to))
				pid = p->all[i].pid;
	}
	if (pid > 0 && kill(pid, signal_number(name)) == 0)
		return true;
	sprintf(p->detail, "none could be sent it");
	return false;
}

static unsigned long ticks_below(struct pty *p)
{
	unsigned long sum = 0;

	look(p);
	for (int i = 0; i < p->count; i++)
		if (p->all[i].below && p->all[i].pid != p->leader)
			sum += p->all[i].ticks;
	return sum;
}

static bool is_calm(struct pty *p, const char *unused)
{
	unsigned long before = ticks_below(p), used;

	(void)unused;
	usleep(300000);
	used = (ticks_below(p) - before) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK);
	sprintf(p->detail, "%lu ms of 300", used);
	return used < 100;
}

static bool resize(struct pty *p, const char *text)
{
	struct winsize size = {0};

	return sscanf(text, "%hu %hu", &size.ws_row, &size.ws_col) == 2 &&
	       ioctl(p->master, TIOCSWINSZ, &size) == 0;
}

static bool hang_up(struct pty *p, const char *unused)
{
	(void)unused;
	close(p->master);
	p->master = -1;
	p->silent = true;
	return true;
}

static const struct action {
	const char *name;
	bool (*run)(struct pty *, const char *);
} actions[] = {
	{"type", type},
	{"key", press},
	{"pause", pause_for},
	{"expect", expect},
	{"status", read_status},
	{"patience", set_patience},
	{"until", wait_until},
	{"leader", wait_leader},
	{"foreground", wait_foreground},
	{"idle", wait_idle},
	{"signal", send_signal},
	{"calm", is_calm},
	{"resize", resize},
	{"hangup", hang_up},
	{"ended", wait_ended},
};

static bool act(struct pty *p, char *line)
{
	const char *name = strsep(&line, " ");

	p->detail[0] = '\0';
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (!strcmp(actions[i].name, name))
			return actions[i].run(p, line ? line : "");
	sprintf(p->detail, "unknown action");
	return false;
}

/* The kernel discards output after it has sent the signal of a key: a prompt that comes quickly
 * would be lost. */
static void keep_output(int terminal)
{
	struct termios modes;

	tcgetattr(terminal, &modes);
	modes.c_lflag |= NOFLSH;
	tcsetattr(terminal, TCSANOW, &modes);
}

/* COMMAND gets its end of the terminal as 0 to 2. */
static pid_t start(struct pty *p, char **argv)
{
	int end;
	pid_t pid;

	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->master < 0 || grantpt(p->master) < 0 || unlockpt(p->master) < 0)
		return -1;
	pid = fork();
	if (pid != 0)
		return pid;
	setsid();
	end = open(ptsname(p->master), O_RDWR);
	if (end < 0 || ioctl(end, TIOCSCTTY, 0) < 0)
		_exit(125);
	keep_output(end);
	for (int fd = 0; fd <= 2; fd++)
		dup2(end, fd);
	if (end > 2)
		close(end);
	execvp(argv[0], argv);
	_exit(127);
}

static void kill_all(struct pty *p)
{
	for (int left = 1; left;) {
		left = 0;
		look(p);
		for (int i = 0; i < p->count; i++) {
			if (!p->all[i].below)
				continue;
			kill(p->all[i].pid, SIGKILL);
			left = 1;
		}
		usleep(1000);
	}
}

int main(int argc, char **argv)
{
	static struct pty pty;
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	bool strict = argc > 1 && !strcmp(argv[1], "-e");

	argv += strict;
	if (!argv[1]) {
		fputs("usage: pty [-e] COMMAND [ARG...]\n", stderr);
		return 2;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pty.patience = PATIENCE;
	pty.leader = start(&pty, argv + 1);
	if (pty.leader < 0) {
		perror("pty");
		return 1;
	}
	while ((length = getline(&line, &size, stdin)) > 0) {
		bool done;

		line[length - 1] = '\0';
		done = act(&pty, line);
		printf("%s %s\n", done ? "ok" : "no", pty.detail);
		fflush(stdout);
		if (strict && !done)
			break;
	}
	free(line);
	kill_all(&pty);
	return 0;
}
