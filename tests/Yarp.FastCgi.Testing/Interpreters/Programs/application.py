"""A FastCGI application on descriptor 0 (FCGI_LISTENSOCK_FILENO) with nothing but the standard library: one request at a time."""
import os
import socket
import struct
import sys
import time
import urllib.parse

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT = 1, 2, 3, 4, 5, 6


def read(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read_pairs(data):
    pairs, at = {}, 0
    while at < len(data):
        lengths = []
        for _ in range(2):
            if data[at] < 128:
                lengths.append(data[at])
                at += 1
            else:
                lengths.append(struct.unpack_from("!I", data, at)[0] & 0x7FFFFFFF)
                at += 4
        name, value = data[at:at + lengths[0]], data[at + lengths[0]:at + sum(lengths)]
        pairs[name.decode()] = value.decode()
        at += sum(lengths)
    return pairs


def serve(connection):
    params = stdin = b""
    while True:
        _, kind, request, length, padding, _ = struct.unpack("!BBHHBB", read(connection, 8))
        content = read(connection, length)
        read(connection, padding)
        if kind == PARAMS:
            params += content
        elif kind == STDIN:
            stdin += content
            if not content:
                break
    answer(connection, request, read_pairs(params))


def is_socket(descriptor):
    try:
        return os.readlink("/proc/self/fd/" + descriptor).startswith("socket:")
    except FileNotFoundError:
        return False  # The one that lists them.


def answer(connection, request, params):
    name = params["QUERY_STRING"]
    with open(os.environ["EXECUTED"], "a") as executed:
        executed.write(name + "\n")
    if name.startswith("print="):
        print(urllib.parse.unquote(name[len("print="):]), file=sys.stderr, flush=True)
    if name.startswith("env="):
        name = os.environ.get(name[len("env="):], "not set")
    if name == "cwd":
        name = os.getcwd()
    if name == "ids":
        name = "%d %d %s" % (os.getuid(), os.getgid(), " ".join(map(str, sorted(os.getgroups()))))
    if name == "descriptors":
        name = " ".join(fd for fd in sorted(os.listdir("/proc/self/fd"), key=int) if is_socket(fd))
    if name == "mode":
        name = oct(os.stat(socket.socket(fileno=os.dup(0)).getsockname()).st_mode & 0o777)
    if name == "exit":
        os._exit(0)
    if name.startswith("wait="):
        while not os.path.exists(name[len("wait="):]):
            time.sleep(0.01)
    body = ("Content-Type: text/plain\r\n\r\n%d %s" % (os.getpid(), name)).encode()
    connection.sendall(struct.pack("!BBHHBB", 1, STDOUT, request, len(body), 0, 0) + body
                       + struct.pack("!BBHHBB", 1, STDOUT, request, 0, 0, 0)
                       + struct.pack("!BBHHBBIBxxx", 1, END, request, 8, 0, 0, 0, 0))


def main():
    listener = socket.socket(fileno=0)
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        with connection:
            try:
                serve(connection)
            except (EOFError, ConnectionError):
                pass


main()
