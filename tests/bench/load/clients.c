/*
 * Many HTTP/1.1 clients in one thread, for what wrk cannot do.
 *
 *   clients slow <port> <count> <path> <bytes per second of each> <seconds>
 *     asks again and again, and reads slowly; the path's number is the length of the answer. Prints RESULT and, as the script for wrk does: requests,
 *     of these in a second, errors, within how many milliseconds 50 %, 99 % and 99.9 % were answered, and bytes. Requests that are answered in part count
 *     by that part.
 *
 *   clients memory <port> <count>
 *     makes a request on each connection, says idle, and waits for a line; then asks for what the application holds back (/hold/200), says held, and
 *     waits for a line; then has it released (/release/200), says done and the number of connections without an answer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_ROOM = 8192, RECEIVE_BUFFER = 64 * 1024, TICKS_PER_SECOND = 50, ANSWER_TIMEOUT = 20 };

/* Where a response is at. The chunked ones: RFC 9112 section 7.1. */
enum state { HEAD, CONTENT, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILER, TRAILER_LINE, DONE };

struct client {
    int fd;
    enum state state;
    size_t head_length;
    long left;
    double asked;
    char head[HEAD_ROOM];
};

static int port;
static long errors;

/* Of the first error. */
static void tell(const char *what, const char *text)
{
    if (errors++ == 0)
        fprintf(stderr, "first error: %s %.200s\n", what, text);
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int connect_client(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), size = RECEIVE_BUFFER;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    /* Or the kernel would take what the client does not read. */
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) < 0)
        die("connect");
    return fd;
}

static void ask(struct client *c, const char *path)
{
    char request[512];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    if (send(c->fd, request, (size_t)length, MSG_NOSIGNAL) != length)
        tell("send:", strerror(errno));
    c->head_length = 0;
    c->state = HEAD;
    c->asked = now();
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Bytes of content among these. */
static long take_body(struct client *c, const char *at, size_t length)
{
    long content = 0;
    for (const char *end = at + length; at < end && c->state != DONE;) {
        long whole = end - at < c->left ? end - at : c->left;
        switch (c->state) {
        case CONTENT:
        case CHUNK:
            at += whole;
            content += whole;
            c->left -= whole;
            if (c->left == 0)
                c->state = c->state == CONTENT ? DONE : CHUNK_END;
            break;
        case CHUNK_SIZE:
            if (*at == '\n')
                c->state = c->left == 0 ? TRAILER : CHUNK;
            else if (digit(*at) >= 0)
                c->left = c->left * 16 + digit(*at);
            at++;
            break;
        case CHUNK_END:
            if (*at++ == '\n') {
                c->state = CHUNK_SIZE;
                c->left = 0;
            }
            break;
        case TRAILER:
            c->state = *at == '\n' ? DONE : *at == '\r' ? TRAILER : TRAILER_LINE;
            at++;
            break;
        default:
            if (*at++ == '\n')
                c->state = TRAILER;
        }
    }
    return content;
}

/* Bytes of content behind the head; -1 when it is no good answer. */
static long take_head(struct client *c)
{
    char *end = memmem(c->head, c->head_length, "\r\n\r\n", 4);
    if (end == NULL)
        return c->head_length == HEAD_ROOM ? -1 : 0;
    *end = 0;
    char *length = strcasestr(c->head, "\r\nContent-Length:"), *chunked = strcasestr(c->head, "\r\nTransfer-Encoding: chunked");
    if (strncmp(c->head, "HTTP/1.1 200 ", 13) != 0 || (length == NULL && chunked == NULL)) {
        tell("the answer", c->head);
        return -1;
    }
    c->left = chunked != NULL ? 0 : atol(length + strlen("\r\nContent-Length:"));
    c->state = chunked != NULL ? CHUNK_SIZE : c->left == 0 ? DONE : CONTENT;
    return take_body(c, end + 4, c->head_length - (size_t)(end + 4 - c->head));
}

/* Receives at most so many bytes. Bytes of content, -1 when the connection is no good any more. */
static long take(struct client *c, long limit, int flags)
{
    static char body[1024 * 1024];
    char *to = c->state == HEAD ? c->head + c->head_length : body;
    size_t room = c->state == HEAD ? HEAD_ROOM - c->head_length : sizeof body;
    ssize_t got = recv(c->fd, to, room < (size_t)limit ? room : (size_t)limit, flags);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN)
            return 0;
        tell("receive:", got == 0 ? "closed" : strerror(errno));
        return -1;
    }
    if (c->state != HEAD)
        return take_body(c, body, (size_t)got);
    c->head_length += (size_t)got;
    return take_head(c);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double percentile(const double *sorted, size_t count, double share)
{
    size_t at = (size_t)(share * (double)count);
    return count == 0 ? 0 : sorted[at < count ? at : count - 1];
}

static struct client *connect_all(int count)
{
    struct client *clients = calloc((size_t)count, sizeof *clients);
    if (clients == NULL)
        die("calloc");
    for (int i = 0; i < count; i++)
        clients[i].fd = connect_client();
    return clients;
}

static void slow(int count, const char *path, long rate, double seconds)
{
    struct client *clients = connect_all(count);
    size_t answered = 0, room = 1024;
    double *latencies = malloc(room * sizeof *latencies), bytes = 0, length = atof(path + 1);
    for (int i = 0; i < count; i++)
        ask(&clients[i], path);
    double start = now(), end = start + seconds;
    for (long tick = 0; now() < end; tick++) {
        for (int i = 0; i < count && now() < end; i++) {
            struct client *c = &clients[i];
            for (long allowed = rate / TICKS_PER_SECOND; allowed > 0;) {
                long got = take(c, allowed, MSG_DONTWAIT);
                if (got < 0) {
                    close(c->fd);
                    c->fd = connect_client();
                    ask(c, path);
                    break;
                }
                bytes += (double)got;
                allowed -= got;
                if (c->state == DONE) {
                    if (answered == room && (latencies = realloc(latencies, (room *= 2) * sizeof *latencies)) == NULL)
                        die("realloc");
                    latencies[answered++] = (now() - c->asked) * 1000;
                    ask(c, path);
                    break;
                }
                if (got == 0)
                    break;
            }
        }
        double rest = start + (double)(tick + 1) / TICKS_PER_SECOND - now();
        if (rest > 0)
            usleep((useconds_t)(rest * 1e6));
    }
    double taken = now() - start, requests = (double)(long)(bytes / length);
    qsort(latencies, answered, sizeof *latencies, compare);
    printf("RESULT %.0f %f %ld %f %f %f %.0f\n", requests, requests / taken, errors, percentile(latencies, answered, 0.5),
        percentile(latencies, answered, 0.99), percentile(latencies, answered, 0.999), bytes);
}

static int is_answered(struct client *c)
{
    while (c->state != DONE) {
        struct pollfd event = { .fd = c->fd, .events = POLLIN };
        if (poll(&event, 1, ANSWER_TIMEOUT * 1000) <= 0 || take(c, HEAD_ROOM, 0) < 0)
            return 0;
    }
    return 1;
}

static long count_unanswered(struct client *clients, int count)
{
    long unanswered = 0;
    for (int i = 0; i < count; i++)
        unanswered += !is_answered(&clients[i]);
    return unanswered;
}

static void say_and_wait(const char *what, long unanswered)
{
    char line[16];
    printf("%s %ld\n", what, unanswered);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL)
        exit(0);
}

static void memory(int count)
{
    struct client *clients = connect_all(count), last = { .fd = connect_client() };
    for (int i = 0; i < count; i++) {
        ask(&clients[i], "/200");
        is_answered(&clients[i]);
    }
    say_and_wait("idle", count_unanswered(clients, count));
    for (int i = 0; i < count; i++)
        ask(&clients[i], "/hold/200");
    say_and_wait("held", 0);
    ask(&last, "/release/200");
    long unanswered = !is_answered(&last);
    printf("done %ld\n", unanswered + count_unanswered(clients, count));
}

int main(int argc, char **argv)
{
    if (argc == 7 && strcmp(argv[1], "slow") == 0) {
        port = atoi(argv[2]);
        slow(atoi(argv[3]), argv[4], atol(argv[5]), atof(argv[6]));
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "memory") == 0) {
        port = atoi(argv[2]);
        memory(atoi(argv[3]));
        return 0;
    }
    fprintf(stderr, "usage: clients slow <port> <count> <path> <bytes per second of each> <seconds> | clients memory <port> <count>\n");
    return 2;
}
