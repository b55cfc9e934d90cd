// client ADDRESS PORT CLOSED_PORT: connects in every way there is and exits 0 when each behaved as without a sandbox.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int failures;

static void expect(int good, const char* what) {
  if (good) return;
  fprintf(stderr, "failed: %s (%s)\n", what, strerror(errno));
  failures++;
}

static socklen_t fill(const char* address, int port, struct sockaddr_storage* out) {
  struct sockaddr_in* four = (struct sockaddr_in*)out;
  struct sockaddr_in6* six = (struct sockaddr_in6*)out;
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons((unsigned short)port);
    return sizeof *four;
  }
  if (inet_pton(AF_INET6, address, &six->sin6_addr) != 1) exit(2);
  six->sin6_family = AF_INET6;
  six->sin6_port = htons((unsigned short)port);
  return sizeof *six;
}

static void exchange(int fd, const char* what) {
  char room[64];
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  expect(recv(fd, room, 6, MSG_WAITALL) == 6 && memcmp(room, "hello\n", 6) == 0, what);
  expect(send(fd, "ping\n", 5, 0) == 5, what);
  expect(recv(fd, room, 5, MSG_WAITALL) == 5 && memcmp(room, "ping\n", 5) == 0, what);
}

static int blocking(const char* address, int port) {
  struct sockaddr_storage to;
  const socklen_t length = fill(address, port, &to);
  const int fd = socket(to.ss_family, SOCK_STREAM, 0);
  const int result = connect(fd, (struct sockaddr*)&to, length);
  const int error = result == 0 ? 0 : errno;
  expect((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0, "the socket stays blocking");
  if (error == 0) {
    exchange(fd, "exchange after a blocking connect");
    errno = 0;
    expect(connect(fd, (struct sockaddr*)&to, length) == -1 && errno == EISCONN, "connected socket says EISCONN");
  }
  close(fd);
  return error;
}

static int non_blocking(const char* address, int port) {
  struct sockaddr_storage to;
  const socklen_t length = fill(address, port, &to);
  const int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int error = connect(fd, (struct sockaddr*)&to, length) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    struct pollfd ready = {fd, POLLOUT, 0};
    socklen_t size = sizeof error;
    expect(poll(&ready, 1, 5000) == 1, "a non-blocking connect completes");
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) {
      const int again = connect(fd, (struct sockaddr*)&to, length);
      expect(again == 0 || errno == EISCONN, "a second connect asks for the result");
    }
  }
  if (error == 0) exchange(fd, "exchange after a non-blocking connect");
  close(fd);
  return error;
}

int main(int count, char** argv) {
  if (count != 4) return 2;
  const int port = atoi(argv[2]), closed = atoi(argv[3]);
  for (int i = 0; i < 20; ++i) {
    errno = blocking(argv[1], port);
    expect(errno == 0, "blocking connect");
    errno = non_blocking(argv[1], port);
    expect(errno == 0, "non-blocking connect");
    errno = blocking(argv[1], closed);
    expect(errno == ECONNREFUSED, "blocking connect is refused");
    errno = non_blocking(argv[1], closed);
    expect(errno == ECONNREFUSED, "non-blocking connect is refused");
  }
  return failures == 0 ? 0 : 1;
}
