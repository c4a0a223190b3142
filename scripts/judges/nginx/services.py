"""The network behind Nginx: services in several versions, several containers of each, and the name server that knows them.

Every container has an address of its own on this machine's loopback network, as it has in the network of the system.
"""
import hashlib
import http.server
import json
import random
import socket
import struct
import threading
import urllib.parse


class Container:
    """One container of one version of one service. It answers what the caller asks for in `?do={…}`:
    `status`, `headers`, `body`, `wait` (seconds), `drop` (hang up without an answer). Else it says who it is and what it got."""

    def __init__(self, seen, service, version, number, address, port):
        self.name = f"{service}-v{version}-{number}"
        self.service, self.version, self.address = service, version, address
        container = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                seen.append((container, self.command, self.path, self.headers))
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                do = json.loads(query.get("do", ["{}"])[0])
                if "wait" in do:
                    threading.Event().wait(do["wait"])
                if do.get("drop"):
                    self.close_connection = True
                    return
                if self.headers.get("Upgrade") == "websocket":
                    self.echo()
                    return
                answer = do.get("body", json.dumps({
                    "service": service, "version": version, "container": container.name, "path": self.path,
                    "method": self.command, "headers": self.headers.items(), "sha256": hashlib.sha256(body).hexdigest(),
                })).encode()
                self.send_response(do.get("status", 200))
                for name, value in do.get("headers", []):
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = handle_any

            def echo(self):
                """What a WebSocket server does, but for its frames: Nginx passes bytes on as they are."""
                key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
                self.send_response(101)
                self.send_header("Upgrade", "websocket")
                self.send_header("Connection", "Upgrade")
                self.send_header("Sec-WebSocket-Accept", hashlib.sha1(key.encode()).hexdigest())
                self.end_headers()
                self.wfile.flush()
                while got := self.connection.recv(1024):
                    self.connection.sendall(container.name.encode() + b":" + got)
                self.close_connection = True

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                """A caller that hangs up is no error here."""

        self.server = Server((address, port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Names:
    """A name server for IPv4 addresses: `addresses` says which, by name."""

    def __init__(self):
        self.addresses, self.asked = {}, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.port = self.socket.getsockname()[1]
        self.stopping = False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.stopping:
            try:
                question, caller = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            self.socket.sendto(self.answer(question), caller)

    def answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        name = ".".join(labels).lower()
        kind = struct.unpack(">H", question[at + 1:at + 3])[0]
        self.asked.append(name)
        known = self.addresses.get(name)
        addresses = known or [] if kind == 1 else []
        # A response with recursion; an unknown name does not exist (3).
        head = question[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, len(addresses), 0, 0)
        records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 10, 4) + socket.inet_aton(each) for each in addresses)
        return head + question[12:at + 5] + records

    def stop(self):
        # Closed only when nobody listens any more: its number would be given to the next socket while this one is in use.
        self.stopping = True
        self.thread.join()
        self.socket.close()


class Network:
    """All containers, and the names under which they are found."""

    def __init__(self, suffix):
        self.suffix, self.names, self.containers, self.seen = suffix, Names(), [], []

    def add(self, service, version, port, count=1, net=90):
        """Containers at addresses of 127.NET.x.y."""
        name = f"{service}-v{version}.{self.suffix}"
        for number in range(1, count + 1):
            index = len(self.containers)
            address = f"127.{net}.{index // 250}.{index % 250 + 1}"
            self.containers.append(Container(self.seen, service, version, number, address, port))
            self.names.addresses.setdefault(name, []).append(address)

    def of(self, service, version):
        return [each for each in self.containers if (each.service, each.version) == (service, version)]

    def stop(self):
        self.names.stop()
        for container in self.containers:
            container.stop()


def free_ports(count):
    """Ports on which nobody on this machine listens, on any address. Services have ports from 8000 to 8999."""
    found = []
    # Not in order: another judge may be looking for some at this moment.
    for port in random.sample(range(8000, 9000), 1000):
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise SystemExit("error: there are no free ports between 8000 and 8999")
