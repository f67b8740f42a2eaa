/* Requests to stop by signal: handlers only count. */
#include "fal/base/stop.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t requests;
static volatile sig_atomic_t last_signal;
static char file[FAL_STOP_TEXT - 32];

static void count_request(int signal_number)
{
    last_signal = signal_number;
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

void fal_stop_note_file(const char *path) { (void)snprintf(file, sizeof file, "%s", path); }

void fal_stop_cause(char text[FAL_STOP_TEXT])
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"}, {SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGHUP, "SIGHUP"}};
    text[0] = '\0';
    if (file[0] != '\0') {
        (void)snprintf(text, FAL_STOP_TEXT, " by the file %s", file);
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (last_signal == names[i].number) {
            (void)snprintf(text, FAL_STOP_TEXT, " by %s", names[i].name);
        }
    }
}
