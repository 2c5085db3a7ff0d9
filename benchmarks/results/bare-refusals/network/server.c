/* Answers the same bytes to whoever sends some, and reads nothing of them: what the network alone takes.
   server PORT PAUSE_MS: after each round of calls it sleeps so long, and so wakes once for many. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char ANSWER[] =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
    "Retry-After: 1\r\nContent-Length: 66\r\n\r\n"
    "{\"status\":503,\"detail\":\"More tickets come in than are scored now\"}";

static void watch(int epoll, int socket) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = socket};
  epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  int on = 1, port = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(port, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(port, (void *)&at, sizeof at) || listen(port, 4096)) return 1;
  int epoll = epoll_create1(0);
  watch(epoll, port);
  struct epoll_event ready[1024];
  char read_bytes[4096];
  for (;;) {
    int n = epoll_wait(epoll, ready, 1024, -1);
    for (int i = 0; i < n; i++) {
      int from = ready[i].data.fd;
      if (from == port) {
        for (int s; (s = accept4(port, 0, 0, SOCK_NONBLOCK)) >= 0; watch(epoll, s))
          setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      } else if (read(from, read_bytes, sizeof read_bytes) <= 0) {
        close(from);
      } else if (write(from, ANSWER, strlen(ANSWER)) < 0) {
        close(from);
      }
    }
    usleep(1000 * atoi(arguments[2]));
  }
}
