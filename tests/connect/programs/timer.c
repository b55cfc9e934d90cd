// timer PORT COUNT: blocking connects to 127.0.0.1 under an interval timer of 150 us; prints how many failed.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void ignore(int number) { (void)number; }

int main(int count, char** argv) {
  if (count != 3) return 2;
  struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  const struct itimerval beat = {{0, 150}, {0, 150}};
  setitimer(ITIMER_REAL, &beat, NULL);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1]))};
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  int failed = 0;
  for (int i = 0; i < atoi(argv[2]); ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr*)&to, sizeof to) != 0) {
      if (failed++ == 0) fprintf(stderr, "%s\n", strerror(errno));
    }
    close(fd);
  }
  printf("failed %d\n", failed);
  return failed == 0 ? 0 : 1;
}
