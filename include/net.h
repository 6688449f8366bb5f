/*
 * The loopback device of a new network namespace.
 */
#ifndef NET_H
#define NET_H

#include "step.h"

struct net_call {
	bool in_user_namespace; /* a new one, which gives the capability */
};

/* Brings `lo` up (netdevice(7)); the kernel then gives it 127.0.0.1/8 and ::1.  Already up is
 * success.  Argument: net_call. */
extern const struct step_kind net_loopback;

#endif
