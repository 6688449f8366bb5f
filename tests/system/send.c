/* send PID SIGNAL [VALUE]: kill(2), or sigqueue(3) with the value. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	int result;

	if (argc < 3)
		return 2;
	if (argc == 3)
		result = kill(atoi(argv[1]), atoi(argv[2]));
	else
		result = sigqueue(atoi(argv[1]), atoi(argv[2]),
			(union sigval){.sival_int = atoi(argv[3])});
	if (result < 0)
		perror("send");
	return result != 0;
}
