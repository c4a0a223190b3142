"""Speaks with Redis over TLS: as much of its protocol, RESP 2, as a lock and a cache need."""
import socket
import ssl


class Refused(Exception):
    """Redis understood, and said no."""


class Redis:
    """One connection, made when it is needed. Not to be shared between threads."""

    def __init__(self, host, port, token, seconds=3):
        self.address = (host, int(port))
        self.token = token
        self.seconds = seconds
        self.stream = None

    def ask(self, *words):
        """Says one command and gives its answer: a text, a number, a list, or None where there is nothing.

        A connection may have broken since it was last used, so a command that was not answered is said once more. It
        may have been carried out all the same: only what may be said twice may be asked.
        """
        if self.stream:
            try:
                return self.exchange(words)
            except (OSError, EOFError):
                self.close()
        try:
            self.connect()
            return self.exchange(words)
        except Exception:
            # After half an answer the next one would be taken for the rest of it.
            self.close()
            raise

    def connect(self):
        plain = socket.create_connection(self.address, self.seconds)
        try:
            secured = ssl.create_default_context().wrap_socket(plain, server_hostname=self.address[0])
        except Exception:
            plain.close()
            raise
        self.stream = secured.makefile("rwb")
        secured.close()  # the stream holds it open until it is closed itself
        self.exchange(("AUTH", self.token))

    def exchange(self, words):
        parts = [str(word).encode() for word in words]
        said = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        self.stream.write(b"*%d\r\n%s" % (len(parts), said))
        self.stream.flush()
        return self.answer()

    def answer(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError("Redis hung up")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise Refused(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.text(int(rest))
        if kind == b"*":
            return None if rest == b"-1" else [self.answer() for _ in range(int(rest))]
        raise EOFError(f"Redis does not begin an answer with {kind!r}")

    def text(self, length):
        read = self.stream.read(length + 2)
        if len(read) != length + 2:
            raise EOFError("Redis hung up")
        return read[:-2].decode()

    def close(self):
        stream, self.stream = self.stream, None
        if stream:
            try:
                stream.close()
            except OSError:
                pass  # what was still to be said cannot be said any more
