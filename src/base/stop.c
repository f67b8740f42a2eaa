/* Requests to stop by signal: handlers only count. */
#include "fal/base/stop.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t requests;

static void count_request(int signal_number)
{
    (void)signal_number;
    requests = requests + 1;
}

void fal_stop_install(void)
{
    static const int asking[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = count_request;
    for (size_t i = 0; i < sizeof asking / sizeof asking[0]; i++) {
        (void)sigaction(asking[i], &action, NULL);
    }
}

int fal_stop_requests(void) { return (int)requests; }
