#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int error_say(struct error *error, const char *format, ...)
{
	va_list list;

	error->step = ERROR_SAID;
	error->number = 0;
	va_start(list, format);
	vsnprintf(error->object, sizeof error->object, format, list);
	va_end(list);
	return -1;
}

int error_call(struct error *error)
{
	error->number = errno;
	return -1;
}
