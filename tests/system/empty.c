/* A payload that makes no call but exit(2). */
void _start(void);
void _start(void)
{
#if defined __x86_64__
	__asm__ volatile("syscall" ::"a"(60), "D"(0));
#elif defined __aarch64__
	register long x0 __asm__("x0") = 0, x8 __asm__("x8") = 93;
	__asm__ volatile("svc 0" ::"r"(x0), "r"(x8));
#else
#error "exit(2) for this machine"
#endif
	for (;;)
		;
}
