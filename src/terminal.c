#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

void terminal_await_foreground(void)
{
	const struct timespec now = {0};
	sigset_t cont, before;

	/* That it was continued tells that it was stopped. */
	sigemptyset(&cont);
	sigaddset(&cont, SIGCONT);
	sigprocmask(SIG_BLOCK, &cont, &before);
	while (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) != getpgrp()) {
		kill(0, SIGTTIN);
		if (sigtimedwait(&cont, NULL, &now) < 0)
			break;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static int open_terminal(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC);
}

pid_t terminal_foreground(void)
{
	int fd = open_terminal();
	pid_t group = fd < 0 ? -1 : tcgetpgrp(fd);

	if (fd >= 0)
		close(fd);
	return group;
}

void terminal_hand_over(pid_t group)
{
	int fd = open_terminal();

	if (fd < 0)
		return;
	if (tcgetpgrp(fd) == getpgrp())
		tcsetpgrp(fd, group);
	close(fd);
}

void terminal_take_back(void)
{
	int fd = open_terminal();
	pid_t group;

	if (fd < 0)
		return;
	group = tcgetpgrp(fd);
	if (group > 0 && group != getpgrp() && kill(-group, 0) < 0 && errno == ESRCH)
		tcsetpgrp(fd, getpgrp());
	close(fd);
}
