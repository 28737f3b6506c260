"""A server on 127.0.0.1 that serves files or ranges of them, and breaks off when told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Answers with ``files`` by path.

    Attributes:
        ranges: Whether an offset is respected.
        breaks: Bytes of a body after which the connection is cut, an entry per answer.
        asked: Path and ``Range`` header of each request.
        sent: Bytes of the body of each answer.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files, self.ranges, self.breaks = {}, True, []
        self.asked, self.sent = [], []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        body = self.server.files.get(self.path)
        if body is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(body)))
        return self.end_headers()

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers.get("Range")))
        if (body := server.files.get(self.path)) is None:
            return self.send_error(404)
        first, last = 0, len(body) - 1
        if server.ranges and (wanted := self.headers.get("Range")):
            begin, _, end = wanted.removeprefix("bytes=").partition("-")
            first, last = int(begin), min(int(end or last), last)
            if first >= len(body):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
        else:
            self.send_response(200)
        rest = body[first : last + 1]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        cut = server.breaks.pop(0) if server.breaks else len(rest)
        server.sent.append(cut)
        self.wfile.write(rest[:cut])
        return None

    def log_message(self, *_):
        pass


@contextmanager
def serving() -> Iterator[Server]:
    """A server that runs in a thread meanwhile."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
