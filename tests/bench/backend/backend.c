/*
 * An application that is never the bottleneck: one thread, epoll, one read and one write for a small request. It speaks FastCGI, or HTTP/1.1 for
 * a proxy that speaks that.
 * The last number in REQUEST_URI is the length of the body that it answers with. It reads the request's body to its end before it answers.
 * /hold/… is answered when somebody has asked for /release/….
 *
 *   backend [http] unix:/path/to/socket | port
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };
enum { HEADER = 8, MAX_RECORD = HEADER + 65535 + 255, RECORD_CONTENT = 32 * 1024, MAX_BODY = 4 * 1024 * 1024 };

enum { MAX_HEAD = 64 * 1024, MAX_HELD = 16 * 1024 };

struct connection {
    int fd;
    int keep;
    int held;
    size_t body_left;
    uint16_t id;
    size_t params_length;
    size_t in_length;
    size_t out_length;
    size_t out_sent;
    unsigned char *out;
    unsigned char params[64 * 1024];
    unsigned char in[2 * MAX_RECORD];
};

static int epoll_fd;
static int is_http;
static struct connection *held[MAX_HELD];
static size_t held_count;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static unsigned char *put_header(unsigned char *to, int type, uint16_t id, size_t length)
{
    to[0] = 1;
    to[1] = (unsigned char)type;
    to[2] = (unsigned char)(id >> 8);
    to[3] = (unsigned char)id;
    to[4] = (unsigned char)(length >> 8);
    to[5] = (unsigned char)length;
    to[6] = to[7] = 0;
    return to + HEADER;
}

static size_t read_length(const unsigned char **at, const unsigned char *end)
{
    if (*at < end && **at < 128)
        return *(*at)++;
    if (end - *at < 4)
        return 0;
    size_t length = ((size_t)((*at)[0] & 127) << 24) | ((size_t)(*at)[1] << 16) | ((size_t)(*at)[2] << 8) | (*at)[3];
    *at += 4;
    return length;
}

/* REQUEST_URI; empty when there is none. */
static const unsigned char *find_uri(const struct connection *c, size_t *length)
{
    const unsigned char *at = c->params, *end = c->params + c->params_length;
    *length = c->params_length;
    if (is_http)
        return at;
    while (at < end) {
        size_t name = read_length(&at, end), value = read_length(&at, end);
        if (name + value > (size_t)(end - at))
            break;
        if (name == 11 && memcmp(at, "REQUEST_URI", 11) == 0) {
            *length = value;
            return at + name;
        }
        at += name + value;
    }
    *length = 0;
    return at;
}

static int begins_with(const unsigned char *uri, size_t length, const char *prefix)
{
    return length >= strlen(prefix) && memcmp(uri, prefix, strlen(prefix)) == 0;
}

static size_t body_length(const unsigned char *uri, size_t uri_length)
{
    size_t length = 0, digits = uri_length;
    while (digits > 0 && uri[digits - 1] >= '0' && uri[digits - 1] <= '9')
        digits--;
    for (size_t i = digits; i < uri_length; i++)
        length = length * 10 + (size_t)(uri[i] - '0');
    return length < MAX_BODY ? length : MAX_BODY;
}

static void answer_http(struct connection *c, size_t length)
{
    char head[128];
    size_t head_length = (size_t)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", length);
    c->out_length = head_length + length;
    c->out = malloc(c->out_length);
    if (c->out == NULL)
        die("malloc");
    memcpy(c->out, head, head_length);
    memset(c->out + head_length, 'x', length);
}

static void answer_fastcgi(struct connection *c, size_t length)
{
    char head[128];
    size_t head_length = (size_t)snprintf(head, sizeof head, "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", length);
    size_t total = head_length + length;
    c->out = malloc(total + (total / RECORD_CONTENT + 3) * HEADER + 8);
    if (c->out == NULL)
        die("malloc");
    unsigned char *to = c->out;
    for (size_t done = 0; done < total;) {
        size_t size = total - done < RECORD_CONTENT ? total - done : RECORD_CONTENT;
        to = put_header(to, STDOUT, c->id, size);
        size_t of_head = done < head_length ? (head_length - done < size ? head_length - done : size) : 0;
        memcpy(to, head + done, of_head);
        memset(to + of_head, 'x', size - of_head);
        to += size;
        done += size;
    }
    to = put_header(to, STDOUT, c->id, 0);
    to = put_header(to, END_REQUEST, c->id, 8);
    memset(to, 0, 8);
    c->out_length = (size_t)(to + 8 - c->out);
}

static void answer(struct connection *c)
{
    size_t uri_length;
    const unsigned char *uri = find_uri(c, &uri_length);
    size_t length = body_length(uri, uri_length);
    if (is_http)
        answer_http(c, length);
    else
        answer_fastcgi(c, length);
    c->out_sent = 0;
    c->params_length = 0;
}

static void let_go(struct connection *c)
{
    for (size_t i = 0; c->held && i < held_count; i++) {
        if (held[i] == c) {
            held[i] = held[--held_count];
            c->held = 0;
        }
    }
}

static void close_connection(struct connection *c)
{
    let_go(c);
    close(c->fd);
    free(c->out);
    free(c);
}

/* 0 when the connection is to be closed. */
static int flush_out(struct connection *c)
{
    while (c->out_sent < c->out_length) {
        ssize_t sent = send(c->fd, c->out + c->out_sent, c->out_length - c->out_sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };
            epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
            return 1;
        }
        if (sent < 0)
            return 0;
        c->out_sent += (size_t)sent;
    }
    free(c->out);
    c->out = NULL;
    return c->keep;
}

static void release_all(void)
{
    while (held_count > 0) {
        struct connection *c = held[held_count - 1];
        let_go(c);
        answer(c);

        /* It may be among the events that are being served: that of its end closes it. */
        if (!flush_out(c))
            shutdown(c->fd, SHUT_RDWR);
    }
}

/* The request is complete. 0 when the connection is to be closed. */
static int respond(struct connection *c)
{
    size_t length;
    const unsigned char *uri = find_uri(c, &length);
    if (begins_with(uri, length, "/hold/") && held_count < MAX_HELD) {
        c->held = 1;
        held[held_count++] = c;
        return 1;
    }
    if (begins_with(uri, length, "/release/"))
        release_all();
    answer(c);
    return flush_out(c);
}

/* 0 when the connection is to be closed. */
static int take_http(struct connection *c)
{
    size_t at = 0;
    while (c->in_length > at && c->out == NULL && !c->held) {
        if (c->body_left == 0) {
            const unsigned char *head = c->in + at, *end = memmem(head, c->in_length - at, "\r\n\r\n", 4);
            if (end == NULL) {
                if (c->in_length - at > MAX_HEAD)
                    return 0;
                break;
            }
            const unsigned char *path = memchr(head, ' ', (size_t)(end - head)), *path_end = path == NULL ? NULL : memchr(path + 1, ' ', (size_t)(end - path - 1));
            if (path_end == NULL || (size_t)(path_end - path) > sizeof c->params)
                return 0;
            c->params_length = (size_t)(path_end - path - 1);
            memcpy(c->params, path + 1, c->params_length);
            c->keep = 1;
            for (const unsigned char *line = head; line < end; line++) {
                if (line[0] == '\n' && end - line > 16 && strncasecmp((const char *)line + 1, "Content-Length:", 15) == 0)
                    c->body_left = strtoul((const char *)line + 16, NULL, 10);
            }
            at = (size_t)(end + 4 - c->in);
        }
        size_t taken = c->in_length - at < c->body_left ? c->in_length - at : c->body_left;
        at += taken;
        c->body_left -= taken;
        if (c->body_left > 0)
            break;
        if (!respond(c))
            return 0;
    }
    memmove(c->in, c->in + at, c->in_length - at);
    c->in_length -= at;
    return 1;
}

/* 0 when the connection is to be closed. */
static int take_records(struct connection *c)
{
    size_t at = 0;
    while (c->in_length - at >= HEADER && c->out == NULL && !c->held) {
        const unsigned char *record = c->in + at;
        size_t length = (size_t)(record[4] << 8 | record[5]), whole = HEADER + length + record[6];
        if (c->in_length - at < whole)
            break;
        at += whole;
        switch (record[1]) {
        case BEGIN_REQUEST:
            c->id = (uint16_t)(record[2] << 8 | record[3]);
            c->keep = record[HEADER + 2] & 1;
            c->params_length = 0;
            break;
        case PARAMS:
            if (c->params_length + length > sizeof c->params)
                return 0;
            memcpy(c->params + c->params_length, record + HEADER, length);
            c->params_length += length;
            break;
        case STDIN:
            if (length == 0 && !respond(c))
                return 0;
            break;
        }
    }
    memmove(c->in, c->in + at, c->in_length - at);
    c->in_length -= at;
    return 1;
}

static int serve(struct connection *c, uint32_t events)
{
    if ((events & EPOLLOUT) && c->out != NULL) {
        if (!flush_out(c))
            return 0;
        if (c->out == NULL) {
            struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
            epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
        }
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        ssize_t got = recv(c->fd, c->in + c->in_length, sizeof c->in - c->in_length, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            return 0;
        if (got > 0)
            c->in_length += (size_t)got;
    }
    return is_http ? take_http(c) : take_records(c);
}

static int listen_at(const char *address)
{
    int fd;
    if (strncmp(address, "unix:", 5) == 0) {
        struct sockaddr_un at = { .sun_family = AF_UNIX };
        snprintf(at.sun_path, sizeof at.sun_path, "%s", address + 5);
        unlink(at.sun_path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
            die("bind");
        /* Servers connect as users of their own. */
        chmod(at.sun_path, 0777);
    } else {
        struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(address)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int on = 1;
        fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
            die("bind");
    }
    if (listen(fd, 4096) < 0)
        die("listen");
    return fd;
}

int main(int argc, char **argv)
{
    is_http = argc == 3 && strcmp(argv[1], "http") == 0;
    if (argc != 2 && !is_http) {
        fprintf(stderr, "usage: backend [http] unix:/path | port\n");
        return 2;
    }
    int listener = listen_at(argv[argc - 1]);
    epoll_fd = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    printf("ready\n");
    fflush(stdout);
    struct epoll_event events[256];
    for (;;) {
        int count = epoll_wait(epoll_fd, events, 256, -1);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (c != NULL) {
                if (!serve(c, events[i].events))
                    close_connection(c);
                continue;
            }
            int fd;
            while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                c = calloc(1, sizeof *c);
                if (c == NULL)
                    die("calloc");
                c->fd = fd;
                struct epoll_event added = { .events = EPOLLIN, .data.ptr = c };
                epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &added);
            }
        }
    }
}
