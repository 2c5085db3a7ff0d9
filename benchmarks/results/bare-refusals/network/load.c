/* Calls at random moments, so many a second, whatever becomes of those before.
   load PORT CALLS_A_SECOND SECONDS CONNECTIONS */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  double rate = atof(arguments[2]), seconds = atof(arguments[3]);
  int connections = atoi(arguments[4]), idle = 0, on = 1;
  int *idle_ones = calloc(connections, sizeof(int));
  char text[301], call[1024];
  memset(text, 'x', 300);
  text[300] = 0;
  int length = sprintf(call,
      "POST /v1/bert_prediction HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 311\r\n\r\n{\"text\":\"%s\"}", text);
  int epoll = epoll_create1(0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < connections; i++) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (void *)&to, sizeof to)) return 1;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = s};
    epoll_ctl(epoll, EPOLL_CTL_ADD, s, &event);
    idle_ones[idle++] = s;
  }
  long sent = 0, answered = 0, missed = 0;
  struct epoll_event ready[512];
  char answer[4096];
  double start = now(), due = start;
  while (now() < start + seconds) {
    for (double t = now(); due <= t; due += -log(1 - drand48()) / rate) {
      if (idle > 0 && write(idle_ones[--idle], call, length) == length) sent++;
      else missed++;
    }
    double wait = due - now();
    struct timespec most = {0, wait > 0 ? (long)(wait * 1e9) : 0};
    int n = epoll_pwait2(epoll, ready, 512, &most, 0);
    for (int i = 0; i < n; i++) {
      if (read(ready[i].data.fd, answer, sizeof answer) > 0) {
        answered++;
        idle_ones[idle++] = ready[i].data.fd;
      }
    }
  }
  printf("%ld %ld %ld\n", sent, answered, missed);
}
