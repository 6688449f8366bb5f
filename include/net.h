/*
 * The loopback device of a new network namespace.
 */
#ifndef NET_H
#define NET_H

#include "step.h"

/* Brings `lo` up (netdevice(7)); the kernel then gives it 127.0.0.1/8 and ::1.  Already up is
 * success.  No argument. */
extern const struct step_kind net_loopback;

#endif
