/*
 * Counts the instructions that a program and its children execute in user mode.
 *
 *   instructions COUNT-FILE PROGRAM [ARG...]
 *
 * It executes them one at a time (ptrace(2), PTRACE_SINGLESTEP), since a virtual machine often has
 * no hardware counter for perf, and callgrind loses its count at execve. The count starts after
 * the first execve. Each repetition of a string instruction (rep movs) counts as one instruction.
 * Exits with PROGRAM's exit code.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static const long FOLLOW = PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                           PTRACE_O_TRACEEXEC;

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    pid_t program = fork();
    if (program == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(argv[2], argv + 2);
        _exit(127);
    }
    int status, code = 127;
    waitpid(program, &status, 0);
    ptrace(PTRACE_SETOPTIONS, program, 0, FOLLOW);
    ptrace(PTRACE_CONT, program, 0, 0);
    long long count = 0;
    int is_counting = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0;) {
        if (!WIFSTOPPED(status)) {
            if (pid == program) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        int signal = WSTOPSIG(status), event = status >> 16;
        if (event == PTRACE_EVENT_EXEC) is_counting = 1;
        int is_step = event == 0 && signal == SIGTRAP;
        if (is_counting && is_step) count++;
        /* A new child begins with a SIGSTOP of ptrace's. */
        int passed_on = event || is_step || signal == SIGSTOP ? 0 : signal;
        ptrace(is_counting ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, 0, passed_on);
    }
    FILE *file = fopen(argv[1], "w");
    if (!file || fprintf(file, "%lld\n", count) < 0 || fclose(file)) return 1;
    return code;
}
