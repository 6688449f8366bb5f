/*
 * Errors are values: filled once, where the failure is seen, and carried without a pointer, so
 * that a child can leave one in a shared page.  Only one process prints.
 */
#ifndef ERROR_H
#define ERROR_H

/* What `step` says where it is no index in the plan. */
enum { ERROR_NONE = -1, ERROR_SAID = -2, ERROR_PREPARING = -3 };

/* The statuses of a failure (those of env(1), nohup(1) and unshare(1)). */
enum { STATUS_FAILED = 125, STATUS_CANNOT_RUN = 126, STATUS_NOT_FOUND = 127 };

struct error {
	int step;   /* index in the plan, or ERROR_... */
	int number; /* errno; 0 if no call failed */
	int detail; /* what the step's hint wants to know besides; its kind says what */
	/* ERROR_SAID: the sentence; ERROR_PREPARING: the call; else empty, or how the step's process
	 * ended where no call failed. */
	char object[200];
};

/* An error that is a sentence, as bad input is: `format` as for printf(3), names and values in it
 * already escaped (text_quote).  Always -1, so that a parser can return it. */
int error_say(struct error *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A failed call of the step being run, with errno as it is.  Always -1. */
int error_call(struct error *);

#endif
